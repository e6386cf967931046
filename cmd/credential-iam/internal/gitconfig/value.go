package gitconfig

import (
	"path"
	"path/filepath"
	"strings"
)

// The value of credential.helper: the name of a helper, "iam" for git-credential-iam,
// or the path of a program, which git passes to a shell as it stands, with the
// operation behind it.

// Value returns the value that makes git run the program at a path. What a shell would
// read in it is escaped.
func Value(program string) string {
	var b strings.Builder
	for _, r := range filepath.ToSlash(program) {
		if r < 0x80 && !plain(r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plain reports whether a shell takes a character for itself alone.
func plain(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("/._-+:@%,=", r)
}

// Ours reports whether a helper's value runs git-credential-iam: "iam", or the
// path of the program.
func Ours(value string) bool {
	if value == "iam" {
		return true
	}
	value = strings.ReplaceAll(unquoted(value), `\`, "/")
	program := strings.TrimSuffix(path.Base(value), ".exe")
	return program == "git-credential-iam" && strings.Contains(value, "/")
}

// Program returns the path of the program that a helper's value runs by its path, ""
// for the name of a helper.
func Program(value string) string {
	value = unquoted(value)
	if strings.Contains(value, ":/") || strings.Contains(value, `:\`) { // Windows
		return strings.ReplaceAll(value, `\ `, " ")
	}
	if !strings.HasPrefix(value, "/") {
		return ""
	}
	return strings.ReplaceAll(value, `\`, "")
}

// unquoted is a value as a person may have written it, without the marks around it.
func unquoted(value string) string {
	return strings.Trim(strings.TrimPrefix(value, "!"), `"'`)
}
