package helper

import (
	"runtime"
	"strings"
)

// alphanumeric are the bytes that every syntax here takes.
const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// ShellWord returns s as one word of a POSIX shell, in quotes where it needs
// them: a command that fixes an error is there to be pasted.
func ShellWord(s string) string {
	if s != "" && strings.Trim(s, alphanumeric+"@%+=:,./_-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Unset is the command that takes variables out of a shell's environment. On Windows it
// is PowerShell's, with cmd's behind it.
func Unset(names ...string) string { return unset(runtime.GOOS, names) }

// unset is Unset on a system.
func unset(system string, names []string) string {
	if system != "windows" {
		return "unset " + strings.Join(names, " ")
	}
	return "Remove-Item Env:" + strings.Join(names, ",Env:") + " (in cmd: set " + strings.Join(names, "=&set ") + "=)"
}

// EditCommand is the command by which a person edits a file, in the shells of this
// system. What to change there is the error's to say.
func EditCommand(path string) string { return editCommand(runtime.GOOS, path) }

// editCommand is EditCommand on a system. Windows has no shell of POSIX: both of its own
// take a path in double quotes, which no path has in it, and neither knows EDITOR.
func editCommand(system, path string) string {
	if system == "windows" {
		return `notepad "` + path + `"`
	}
	return "${EDITOR:-vi} " + ShellWord(path)
}
