package helper

import "strings"

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

// EditCommand is the command by which a person edits a file.
func EditCommand(path string) string { return "${EDITOR:-vi} " + ShellWord(path) }
