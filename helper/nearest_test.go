package helper

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"roleArn", "region", "audience"}
	for in, want := range map[string]string{"rolearn": "roleArn", "regoin": "region", "Audiance": "audience", "arn": "roleArn"} {
		if got := Nearest(in, names); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestMisspelled(t *testing.T) {
	names := []string{"credHelpers", "credsStore", "plugins"}
	for in, want := range map[string]string{
		"credHelper": "credHelpers", "credStore": "credsStore", "plugin": "plugins", "CREDHELPERS": "", "auths": "", "": "", "credentials": "",
	} {
		if got := Misspelled(in, names); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "ab", 1}, {"ab", "abc", 1}, {"abc", "axc", 1}, {"abcd", "badc", 2}, {"", "abc", 3}, {"abc", "xyz", 3},
	} {
		if got := Edits(c.a, c.b); got != c.want {
			t.Errorf("Edits(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
