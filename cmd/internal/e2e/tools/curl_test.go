package tools

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
)

// curl takes a header, a line of its configuration and a netrc from a pipe.
var curls = []string{
	"curl -sSf -H @<(credential-iam-client header URL) URL",
	"curl -sSf -K <(credential-iam-client header URL --as curl) URL",
}

// A token goes from pipe to pipe: it is in no argument, where every process sees it.
func TestCurl(t *testing.T) {
	parts.Program(t, "curl")
	parts.Program(t, "bash")
	w := newWorld(t)
	v := w.serve(t, api, deployer, services.Kubernetes)
	for _, line := range curls {
		w.must(t, "bash", "-c", strings.ReplaceAll(line, "URL", "https://"+api+"/api"))
	}
	wantUser(t, v, "", "GET /api")
	// Google's registries take a password.
	v = w.serve(t, python, deployer, services.Python)
	url := "https://" + python + services.Index + "simple/demo/"
	w.must(t, "bash", "-c", "curl -sSf --netrc-file <(credential-iam-client header "+url+" --as netrc) "+url)
	w.must(t, "bash", "-c", strings.ReplaceAll(curls[0], "URL", url))
	wantUser(t, v, "oauth2accesstoken", "/simple/demo/")
	w.wantMints(t, 1)
}

// A host that looks like ours gets a request without a credential.
func TestCurlHostile(t *testing.T) {
	parts.Program(t, "curl")
	parts.Program(t, "bash")
	w := newWorld(t)
	rogue := w.rogue(t, api, nil)
	for _, url := range []string{"https://" + api + evil + "/", "https://" + api + "@" + api + evil + "/", "https://" + api + evil + "/?" + api} {
		for _, line := range curls {
			if out, err := w.try("bash", "-c", strings.ReplaceAll(line, "URL", "'"+url+"'")); err == nil {
				t.Errorf("%s succeeded:\n%s", url, out)
			}
		}
	}
	if rogue.Requests() == 0 {
		t.Error("the rogue was asked nothing")
	}
	rogue.WantNothing(t)
	w.wantMints(t, 0)
}
