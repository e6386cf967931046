package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"

	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestCredentials has both clients with the same credential file, as JSON and as a
// file: the API sees the same caller. Google's client takes a user's token from
// Google's own endpoint whatever the file says, so that type is left to the tests of
// helper/iam.
func TestCredentials(t *testing.T) {
	w := newWorld(t, nil)
	const builder = "builder@demo-project.iam.gserviceaccount.com"
	w.server.ServiceAccount(builder)
	w.server.Grant(builder, iamtest.RoleTokenCreator, deployer)
	w.server.Grant(builder, iamtest.RoleTokenCreator, middle)
	w.server.Grant(w.server.WorkloadPrincipal("job").Email, iamtest.RoleTokenCreator, deployer)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(w.server.SubjectToken("job")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		kind     option.CredentialsType
		document []byte
		// theirs and ours are who calls, and by which delegates; ours is "" where that is
		// the same.
		theirs, ours string
	}{
		{"service_account", option.ServiceAccount, w.server.KeyADC(builder), builder, ""},
		{"external_account", option.ExternalAccount, w.server.ExternalADC(iamtest.ExternalOptions{File: token}), w.server.WorkloadPrincipal("job").Email, ""},
		// The account that the file impersonates is a delegate of ours: one call, not two.
		{
			"impersonated_service_account", option.ImpersonatedServiceAccount, w.server.ImpersonatedADC(w.server.KeyADC(builder), middle),
			middle, builder + " " + middle,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "adc.json")
			if err := os.WriteFile(file, c.document, 0o600); err != nil {
				t.Fatal(err)
			}
			w.T = t
			way := func() string {
				call := w.server.Log("signBlob")[0]
				return strings.Join(append([]string{call.Principal}, call.Delegates...), " ")
			}
			ways := map[string]string{}
			for how, o := range map[string]option.ClientOption{
				"theirs, JSON": option.WithAuthCredentialsJSON(c.kind, c.document), "theirs, file": option.WithAuthCredentialsFile(c.kind, file),
			} {
				w.server.ResetCalls()
				if _, err := blob().reference(t.Context(), w.google(o)); err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				ways[how] = way()
			}
			for how, s := range map[string]iam.Source{"ours, JSON": iam.CredentialsJSON(c.document), "ours, file": iam.CredentialsFile(file)} {
				w.server.ResetCalls()
				if _, err := blob().ours(t.Context(), w.client(s), w.endpoint); err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				ways[how] = way()
			}
			theirs := ways["theirs, JSON"]
			want := map[string]string{"theirs, JSON": theirs, "theirs, file": theirs, "ours, JSON": theirs, "ours, file": theirs}
			if c.ours != "" {
				want["ours, JSON"], want["ours, file"] = c.ours, c.ours
			}
			if diff := cmp.Diff(want, ways); theirs != c.theirs || diff != "" {
				t.Errorf("theirs is %q, want %q: %s", theirs, c.theirs, diff)
			}
		})
	}
}
