package helper

import (
	"runtime"
	"strings"
)

// A command that fixes an error is there to be pasted into the shell that the person
// has: a POSIX one or, on Windows, PowerShell or cmd. Where those two know a command by
// one name and form, it is that; where they do not, it is PowerShell's, which a terminal
// of Windows opens, with cmd's behind it.

// alphanumeric are the bytes that every syntax here takes.
const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// shell is a kind of shell.
type shell struct{ windows bool }

// yours is the shell of this system.
func yours() shell { return shell{runtime.GOOS == "windows"} }

// ShellWord returns s as one word of the person's shell, in quotes where it needs them.
func ShellWord(s string) string { return yours().word(s) }

func (sh shell) word(s string) string {
	switch {
	case sh.windows && s != "" && strings.Trim(strings.ReplaceAll(s, `\`, "/"), alphanumeric+":./_-+") == "":
		return s
	case sh.windows && !strings.ContainsAny(s, "$`\"\u201c\u201d\u201e"):
		return `"` + s + `"` // cmd knows no other quotes
	case sh.windows:
		return literal(s)
	case s != "" && strings.Trim(s, alphanumeric+"@%+=:,./_-") == "":
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// EditCommand is the command by which a person edits a file. What to change there is the
// error's to say.
func EditCommand(path string) string { return yours().edit(path) }

func (sh shell) edit(path string) string {
	if sh.windows {
		return `notepad "` + path + `"` // which no path has in it
	}
	return "${EDITOR:-vi} " + sh.word(path)
}

// SetCommand is the command that gives an environment variable a value.
func SetCommand(name, value string) string { return yours().set(name, value) }

func (sh shell) set(name, value string) string {
	if sh.windows {
		return inCmd("$env:"+name+" = "+literal(value), `set "`+name+"="+value+`"`)
	}
	return "export " + name + "=" + sh.word(value)
}

// AppendCommand is the command that adds to a variable that is a list with commas.
func AppendCommand(name, value string) string { return yours().add(name, value) }

func (sh shell) add(name, value string) string {
	if sh.windows {
		return inCmd("$env:"+name+" += "+literal(","+value), `set "`+name+"=%"+name+"%,"+value+`"`)
	}
	return `export ` + name + `="${` + name + `:+$` + name + `,}` + value + `"`
}

// Unset is the command that takes variables out of a shell's environment.
func Unset(names ...string) string { return yours().unset(names) }

func (sh shell) unset(names []string) string {
	if sh.windows {
		return inCmd("Remove-Item Env:"+strings.Join(names, ",Env:"), "set "+strings.Join(names, "=&set ")+"=")
	}
	return "unset " + strings.Join(names, " ")
}

// PathCommand is the command that puts a folder at the beginning of the PATH.
func PathCommand(dir string) string { return yours().path(dir) }

func (sh shell) path(dir string) string {
	if sh.windows {
		return inCmd("$env:PATH = "+literal(dir+";")+" + $env:PATH", `set "PATH=`+dir+`;%PATH%"`)
	}
	return "export PATH=" + sh.word(dir) + ":$PATH"
}

// ListCommand is the command that shows what is at a path.
func ListCommand(path string) string { return yours().list("ls -l ", path) }

// ListFolderCommand is the command that shows whose a folder is.
func ListFolderCommand(path string) string { return yours().list("ls -ld ", path) }

func (sh shell) list(posix, path string) string {
	if sh.windows {
		return "icacls " + sh.word(path)
	}
	return posix + sh.word(path)
}

// FolderCommand is the command that makes a folder.
func FolderCommand(path string) string { return yours().folder(path) }

func (sh shell) folder(path string) string {
	if sh.windows {
		return "mkdir " + sh.word(path)
	}
	return "mkdir -p " + sh.word(path)
}

// RemoveCommand is the command that removes a file.
func RemoveCommand(path string) string { return yours().remove(path) }

func (sh shell) remove(path string) string {
	if sh.windows {
		return "del " + sh.word(path)
	}
	return "rm " + sh.word(path)
}

// MoveCommand is the command that renames a file.
func MoveCommand(from, to string) string { return yours().move(from, to) }

func (sh shell) move(from, to string) string {
	if sh.windows {
		return "move " + sh.word(from) + " " + sh.word(to)
	}
	return "mv " + sh.word(from) + " " + sh.word(to)
}

// Then joins commands of which each is run if the one before it succeeded.
func Then(commands ...string) string { return yours().then(commands) }

func (sh shell) then(commands []string) string {
	if sh.windows {
		return strings.Join(commands, ", then: ") // no operator is both shells'
	}
	return strings.Join(commands, " && ")
}

// inCmd is a command of PowerShell's with that of cmd.
func inCmd(command, cmd string) string { return command + " (in cmd: " + cmd + ")" }

// literal is a word of PowerShell's in which nothing has a meaning.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
