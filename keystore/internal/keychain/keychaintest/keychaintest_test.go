package keychaintest

import (
	"bytes"
	"strings"
	"testing"
)

// The stand-in ends as Apple's program is known to, and fails where that does.
func TestStandIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		stdin  string
		args   []string
		status int
		says   string
	}{
		{"", []string{"find-generic-password", "-s", "s", "-wa", "a"}, 44, "could not be found"},
		{"add-generic-password -s s -a a -w x\n", []string{"-i"}, 0, ""},
		{"add-generic-password -s s -a a -w x\n", []string{"-i"}, 45, "add-generic-password: returned -25299"},
		{"add-generic-password -U -s s -a a -w 'y z'\n", []string{"-i"}, 0, ""},
		{"", []string{"find-generic-password", "-s", "s", "-wa", "a"}, 0, "y z\n"},
		{"", []string{"dump-keychain"}, 0, `"acct"<blob>="a"`},
		{"", []string{"default-keychain"}, 0, "login.keychain-db"},
		{"", []string{"delete-generic-password", "-s", "s", "-a", "a"}, 0, "deleted"},
		{"", []string{"dump"}, 1, "unknown command"},
	} {
		var out bytes.Buffer
		got := Security{Dir: dir, Stdin: strings.NewReader(c.stdin), Stdout: &out, Stderr: &out}.Run(c.args...)
		if got != c.status || !strings.Contains(out.String(), c.says) {
			t.Errorf("%q %q: %d, %q", c.args, c.stdin, got, out.String())
		}
	}
}
