package helper_test

import (
	"testing"

	"github.com/credential-iam/credential-iam/helper"
)

func TestShellWord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "''", "a@b.c": "a@b.c", "/a/b-c_1.x": "/a/b-c_1.x", "principal://x/y": "principal://x/y", "k=v,w": "k=v,w",
		"a b": "'a b'", "$(id)": "'$(id)'", "it's": `'it'\''s'`, "a;b": "'a;b'", "a\nb": "'a\nb'", `C:\a`: `'C:\a'`,
		"~": "'~'", "*": "'*'", "a/é": "'a/é'",
	} {
		if got := helper.ShellWord(in); got != want {
			t.Errorf("ShellWord(%q) = %s, want %s", in, got, want)
		}
	}
}
