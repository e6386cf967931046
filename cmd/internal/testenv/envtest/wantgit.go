package envtest

import (
	"testing"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// WantGit fails the test unless the server let somebody in, and only account, by
// credentials of one kind ("Basic" with this user name, or "Bearer" with none).
func WantGit(t testing.TB, g *iamtest.GitServer, account, kind, user string) {
	t.Helper()
	let := 0
	for _, q := range g.Requests() {
		if q.Principal == "" {
			continue
		}
		let++
		if q.Principal != account || q.Kind != kind || q.User != user {
			t.Errorf("%s %s: let in %q, %s, user name %q; want %q, %s, %q", q.Method, q.Path, q.Principal, q.Kind, q.User, account, kind, user)
		}
	}
	if let == 0 {
		t.Error("the git server let nobody in")
	}
}
