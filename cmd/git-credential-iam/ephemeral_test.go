package main

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
)

// The same user name and token, in the form that no helper keeps, where git takes it.
func TestEphemeral(t *testing.T) {
	w := newWorld(t)
	w.NeedsCache()
	plain := w.Run(git, google, "get").Stdout
	user, rest, _ := strings.Cut(strings.TrimPrefix(plain, "username="), "\npassword=")
	token, _, _ := strings.Cut(rest, "\n")
	want := "capability[]=authtype\nauthtype=Basic\ncredential=" + base64.StdEncoding.EncodeToString([]byte(user+":"+token)) + "\nephemeral=1\n"
	for _, c := range []struct{ in, want string }{{offer + google, want}, {google, plain}} {
		if r := w.Run(git, c.in, "--ephemeral", "get"); r != (adaptertest.Result{Stdout: c.want}) {
			t.Errorf("%q: %+v", c.in, r)
		}
	}
	if r := w.Run(git, offer+"protocol=https\nhost=id.example.com\n", "--ephemeral", "get"); !strings.Contains(r.Stdout, "authtype=Bearer\n") {
		t.Errorf("an ID token: %+v", r)
	}

	// What git shows again after a 401 is known: another token stays, this one goes.
	other := "authtype=Basic\ncredential=" + base64.StdEncoding.EncodeToString([]byte(user+":another")) + "\n"
	if w.Run(git, offer+other+google, "--ephemeral", "erase"); w.Run(git, google, "get").Stdout != plain {
		t.Error("another token was refused, and ours is gone")
	}
	if w.Run(git, offer+google+want, "--ephemeral", "erase"); w.Run(git, google, "get").Stdout == plain {
		t.Error("the refused token was kept")
	}
}
