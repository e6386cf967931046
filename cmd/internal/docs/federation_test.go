package docs

import (
	"context"
	"os"
	"regexp"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/keystore"
)

// written is a file that a script writes from its own lines.
var written = regexp.MustCompile(`(?s)<<END\n(.*?)\n\s*END\n`)

// document is the one identity at hand, as the keyring's.
type document string

func (d document) Get(context.Context, string) (keystore.Secret, error) {
	return keystore.NewSecret(string(d)), nil
}

// TestFederationFiles has the core read every federation file that a script of
// the pages writes, with the variables of a job in it.
func TestFederationFiles(t *testing.T) {
	t.Parallel()
	found := 0
	for _, p := range pages(t) {
		for _, m := range written.FindAllStringSubmatch(p.text, -1) {
			found++
			doc := os.Expand(m[1], func(name string) string {
				if name == "ACTIONS_ID_TOKEN_REQUEST_URL" {
					return "https://runner.example.com/token?job=1"
				}
				return "//iam.googleapis.com/" + name
			})
			client := iam.New(iam.Options{Identities: document(doc)})
			id, err := client.Identity(t.Context(), helper.Target{
				Token: helper.Access, Source: helper.Source{Kind: "keyring", Name: "job"},
			})
			if err != nil || id.Kind != "external_account" {
				t.Errorf("%s: %q, %v\n%s", p.name, id.Kind, err, doc)
			}
		}
	}
	if found < 2 {
		t.Errorf("found %d files; are the pages read?", found)
	}
}
