package git

import (
	"net/http"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// newRogue starts a rogue at the hosts.
func (w *world) newRogue(t *testing.T, answer http.HandlerFunc, hosts ...string) *envtest.Rogue {
	t.Helper()
	return w.net.NewRogue(t, w.iam, answer, hosts...)
}

// newGit starts a git server at a host; account may push there.
func (w *world) newGit(t *testing.T, host, account string, opts iamtest.GitOptions) *iamtest.GitServer {
	t.Helper()
	opts.Dir, opts.TLS = w.Folder(t, "served-"), true
	g, err := iamtest.NewGitServer(w.iam, opts)
	if err != nil {
		t.Fatal(err)
	}
	g.AllowWriter(account)
	w.net.Lead(host, g.URL)
	return g
}
