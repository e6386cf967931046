package helper

import "testing"

func TestShellWord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "''", "a@b.c": "a@b.c", "/a/b-c_1.x": "/a/b-c_1.x", "principal://x/y": "principal://x/y", "k=v,w": "k=v,w",
		"a b": "'a b'", "$(id)": "'$(id)'", "it's": `'it'\''s'`, "a;b": "'a;b'", "a\nb": "'a\nb'", `C:\a`: `'C:\a'`,
		"~": "'~'", "*": "'*'", "a/é": "'a/é'",
	} {
		if got := ShellWord(in); got != want {
			t.Errorf("ShellWord(%q) = %s, want %s", in, got, want)
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
