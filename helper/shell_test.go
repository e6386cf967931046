package helper

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unicode"
)

func TestShellWord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "''", "a@b.c": "a@b.c", "/a/b-c_1.x": "/a/b-c_1.x", "principal://x/y": "principal://x/y", "k=v,w": "k=v,w",
		"a b": "'a b'", "$(id)": "'$(id)'", "it's": `'it'\''s'`, "a;b": "'a;b'", "a\nb": `"$(printf 'a\012b')"`, `C:\a`: `'C:\a'`,
		"~": "'~'", "*": "'*'", "a/é": "'a/é'",
	} {
		if got := ShellWord(in); got != want {
			t.Errorf("ShellWord(%q) = %s, want %s", in, got, want)
		}
	}
}

// TestShellWordIsOneWord: what is pasted is what was meant, after the error that it is in
// was made one line that is safe on a terminal.
func TestShellWordIsOneWord(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no POSIX shell here")
	}
	for _, word := range []string{"", "-n", "a b", "a  b", " a ", "it's", "a\nrun: x", "\x1b]0;x\a", "a\u202eb", "\xff", "%s\\n", "$(id)`id`;\t\"", "-\r", "é中", "!x ~ *"} {
		e := &Error{Op: "x", Reason: "y", Hint: "printf %s " + ShellWord(word)}
		_, command, _ := strings.Cut(e.Error(), "; run: ")
		if strings.ContainsFunc(command, unicode.IsControl) || strings.Contains(command, "\u202e") {
			t.Errorf("%q: not for a terminal: %q", word, command)
		}
		if got, err := exec.CommandContext(t.Context(), sh, "-c", command).Output(); err != nil || string(got) != word {
			t.Errorf("%s: got %q, %v, want %q", command, got, err, word)
		}
	}
}

func TestEditCommand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ system, path, want string }{
		{"linux", "/home/me/.netrc", "${EDITOR:-vi} /home/me/.netrc"},
		{"darwin", "/Users/me/Library/a b.json", "${EDITOR:-vi} '/Users/me/Library/a b.json'"},
		{"windows", `C:\Users\me\.docker\config.json`, `notepad "C:\Users\me\.docker\config.json"`},
		{"windows", `C:\Users\a b\_netrc`, `notepad "C:\Users\a b\_netrc"`},
	} {
		if got := (shell{windows: c.system == "windows"}).edit(c.path); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.system, c.path, got, c.want)
		}
	}
}
