package helper

import (
	"fmt"
	"runtime"
	"strings"
)

// A command that fixes an error is there to be pasted into the shell that the person
// has: a POSIX one or, on Windows, PowerShell or cmd. Where those two know a command by
// one name and form, it is that; where they do not, it is PowerShell's, which a terminal
// of Windows opens, with cmd's behind it.

// alphanumeric are the bytes that every syntax here takes.
const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// shell is a kind of shell, with the commands that its system has.
type shell struct{ windows, mac bool }

// yours is the shell of this system.
func yours() shell { return shell{windows: runtime.GOOS == "windows", mac: runtime.GOOS == "darwin"} }

// ShellWord returns s as one word of the person's shell, in quotes where it needs them.
func ShellWord(s string) string { return yours().word(s) }

func (sh shell) word(s string) string {
	switch {
	case sh.windows && s != "" && strings.Trim(strings.ReplaceAll(s, `\`, "/"), alphanumeric+":./_-+") == "":
		return s
	case sh.windows && !strings.ContainsAny(s, "$`\"\u201c\u201d\u201e") && strings.Count(s, "%") < 2:
		return `"` + closable(s) + `"` // cmd knows no other quotes
	case sh.windows: // and none in which %NAME% is no variable
		return literal(closable(s))
	case s != "" && strings.Trim(s, alphanumeric+"@%+=:,./_-") == "":
		return s
	case OneLine(s, len(s)+4) != s: // an error is one line, and harmless on a terminal
		return printed(s)
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// closable is what a program of Windows reads as s between quotes: to it a backslash
// before the last one makes that a part of the word.
func closable(s string) string { return s + s[len(strings.TrimRight(s, `\`)):] }

// printed is a word of a POSIX shell with every byte in sight, by an escape of printf's
// where it is more than a letter. A line break at the end is lost.
func printed(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(alphanumeric+"@+=:,./_", c) >= 0 || c == '-' && i > 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	return `"$(printf '` + b.String() + `')"`
}

// EditCommand is the command by which a person edits a file. What to change there is the
// error's to say.
func EditCommand(path string) string { return yours().edit(path) }

func (sh shell) edit(path string) string {
	if word := sh.word(path); sh.windows && word != path {
		return "notepad " + word
	} else if sh.windows {
		return `notepad "` + closable(path) + `"`
	}
	return "${EDITOR:-vi} " + sh.word(path)
}

// SetCommand is the command that gives an environment variable a value.
func SetCommand(name, value string) string { return yours().set(name, value) }

func (sh shell) set(name, value string) string {
	if sh.windows {
		return inCmdUnless(value, "$env:"+name+" = "+literal(value), `set "`+name+"="+value+`"`)
	}
	return "export " + name + "=" + sh.word(value)
}

// AppendCommand is the command that adds to a variable that is a list with commas.
func AppendCommand(name, value string) string { return yours().add(name, value) }

func (sh shell) add(name, value string) string {
	if sh.windows {
		return inCmdUnless(value, "$env:"+name+" += "+literal(","+value), `set "`+name+"=%"+name+"%,"+value+`"`)
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

// DebugCommand is the command that shows each step of what fails.
func DebugCommand() string { return With("CREDENTIAL_IAM_LOG", "debug", "credential-iam doctor") }

// NamesCommand is the command that shows which variables with a prefix there are, without
// their values, which may be secrets; cmd has none but shows them.
func NamesCommand(prefix string) string { return yours().names(prefix) }

func (sh shell) names(prefix string) string {
	if sh.windows {
		return inCmd("(Get-ChildItem Env:"+prefix+"*).Name", "set "+prefix)
	}
	return "env | cut -d= -f1 | grep ^" + prefix
}

// ProxiesCommand is the command that shows the variables with a prefix and those that
// name proxies.
func ProxiesCommand(prefix string) string { return yours().proxies(prefix) }

func (sh shell) proxies(prefix string) string {
	if sh.windows {
		return inCmd("Get-ChildItem Env:"+prefix+"*,Env:*_proxy", "set")
	}
	return "env | grep -i -e ^" + prefix + " -e _proxy="
}

// PathCommand is the command that puts a folder at the beginning of the PATH.
func PathCommand(dir string) string { return yours().path(dir) }

func (sh shell) path(dir string) string {
	if sh.windows {
		return inCmdUnless(dir, "$env:PATH = "+literal(dir+";")+" + $env:PATH", `set "PATH=`+dir+`;%PATH%"`)
	}
	return "export PATH=" + sh.word(dir) + ":$PATH"
}

// Then joins commands of which each is run if the one before it succeeded.
func Then(commands ...string) string { return yours().then(commands) }

func (sh shell) then(commands []string) string {
	if sh.windows {
		return strings.Join(commands, ", then: ") // no operator is both shells'
	}
	return strings.Join(commands, " && ")
}

// With is a command for which an environment variable has a value, and no other.
func With(name, value, command string) string { return yours().with(name, value, command) }

func (sh shell) with(name, value, command string) string {
	if sh.windows {
		return sh.then([]string{sh.set(name, value), command}) // it has no such form
	}
	return name + "=" + sh.word(value) + " " + command
}

// OfOutput is a command whose last word is what another one prints.
func OfOutput(command, inner string) string { return yours().ofOutput(command, inner) }

func (sh shell) ofOutput(command, inner string) string {
	if sh.windows {
		return inCmd(command+" $("+inner+")", "for /f %i in ('"+inner+"') do "+command+" %i")
	}
	return command + ` "$(` + inner + `)"`
}

// OfText is a command whose last word is a text with quotes, as JSON is. Not every
// PowerShell passes those on, and no cmd takes single ones: on Windows the word is
// prefix and the name of a file that is written before.
func OfText(command, text, prefix, file string) string {
	return yours().ofText(command, text, prefix, file)
}

func (sh shell) ofText(command, text, prefix, file string) string {
	if sh.windows {
		write := inCmdUnless(text, "Set-Content "+file+" "+literal(text), "echo "+text+"> "+file)
		return sh.then([]string{write, command + " " + prefix + file})
	}
	return command + " " + sh.word(text)
}

// ChangeOutput is a command whose last word is the JSON that another one prints, changed
// by a filter of jq's. On Windows, where no jq is, a person changes it in a file, and what
// to change there is the error's to say.
func ChangeOutput(command, inner, filter, prefix, file string) string {
	return yours().changeOutput(command, inner, filter, prefix, file)
}

func (sh shell) changeOutput(command, inner, filter, prefix, file string) string {
	if sh.windows {
		return sh.then([]string{inCmd(inner+" | Set-Content "+file, inner+" > "+file), sh.edit(file), command + " " + prefix + file})
	}
	return sh.ofOutput(command, inner+" | jq -c "+sh.word(filter))
}

// ScriptSet is a line of a script that gives an environment variable a value, for a shell
// that is given what a program prints: on Windows that is PowerShell, since cmd has no
// way to do so.
func ScriptSet(name, value string) string { return yours().scriptSet(name, value) }

func (sh shell) scriptSet(name, value string) string {
	if sh.windows {
		return "$env:" + name + " = " + literal(value)
	}
	return sh.set(name, value)
}

// ScriptUnset is the line that takes a variable out of the environment.
func ScriptUnset(name string) string { return yours().scriptUnset(name) }

func (sh shell) scriptUnset(name string) string {
	if sh.windows {
		return "Remove-Item Env:" + name
	}
	return sh.unset([]string{name})
}

// AsAdmin is a command for a person who may change what is the whole machine's: on
// Windows the window that it is typed in decides.
func AsAdmin(command string) string { return yours().asAdmin(command) }

func (sh shell) asAdmin(command string) string {
	if sh.windows {
		return command
	}
	return "sudo " + command
}

// inCmd is a command of PowerShell's with that of cmd.
func inCmd(command, cmd string) string { return command + " (in cmd: " + cmd + ")" }

// inCmdUnless is the same for a command with a value, and PowerShell's alone where cmd
// would put variables into that.
func inCmdUnless(value, command, cmd string) string {
	if strings.Count(value, "%") > 1 {
		return command
	}
	return inCmd(command, cmd)
}

// literal is a word of PowerShell's in which nothing has a meaning. To PowerShell the
// quotes of typography are quotes, too.
func literal(s string) string {
	return "'" + strings.NewReplacer("'", "''", "\u2018", "\u2018\u2018", "\u2019", "\u2019\u2019", "\u201a", "\u201a\u201a", "\u201b", "\u201b\u201b").Replace(s) + "'"
}
