package gitconfig

import (
	"path"
	"path/filepath"
	"slices"
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

// ephemeral is behind the value where another helper may be asked after
// git-credential-iam: then git 2.46 and later are told to keep nothing.
const ephemeral = " --ephemeral"

// Ephemeral returns the value that makes git run git-credential-iam, and keep nothing of
// what it answers.
func Ephemeral(value string) string { return strings.TrimSuffix(value, ephemeral) + ephemeral }

// IsEphemeral reports whether a value is of that form.
func IsEphemeral(value string) bool { return Ours(value) && strings.HasSuffix(value, ephemeral) }

// plain reports whether a shell takes a character for itself alone.
func plain(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("/._-+:@%,=", r)
}

// Ours reports whether a helper's value runs git-credential-iam: "iam", or the
// path of the program.
func Ours(value string) bool {
	value = strings.TrimSuffix(value, ephemeral)
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
	value = unquoted(strings.TrimSuffix(value, ephemeral))
	if strings.Contains(value, ":/") || strings.Contains(value, `:\`) { // Windows
		return unescaped(value)
	}
	if !strings.HasPrefix(value, "/") {
		return ""
	}
	return strings.ReplaceAll(value, `\`, "")
}

// unescaped is a path of Windows as [Value] and people write it, in which a backslash is
// either before what a shell would read or between two names.
func unescaped(path string) string {
	var b strings.Builder
	for i, r := range path {
		if next := i + 1; r == '\\' && next < len(path) && path[next] < 0x80 && !plain(rune(path[next])) {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// unquoted is a value as a person may have written it, without the marks around it.
func unquoted(value string) string {
	return strings.Trim(strings.TrimPrefix(value, "!"), `"'`)
}

// Gcloud reports whether the value of a helper runs gcloud's: by its name, by its
// path, or as a command of gcloud's.
func Gcloud(value string) bool {
	if strings.Contains(value, "gcloud") && strings.Contains(value, "auth git-helper") {
		return true
	}
	program := path.Base(strings.ReplaceAll(strings.Trim(value, `!"'`), `\`, "/"))
	return slices.Contains([]string{"gcloud.sh", "gcloud.cmd"}, strings.TrimPrefix(program, "git-credential-"))
}
