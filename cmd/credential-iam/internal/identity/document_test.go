package identity

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/source"
)

// Compacting keeps the identity and drops the rest.
func TestCompactCredential(t *testing.T) {
	server, err := iamtest.NewServer(iamtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	const deployer, pusher, middle = "deployer@proj.iam.gserviceaccount.com", "pusher@proj.iam.gserviceaccount.com", "middle@proj.iam.gserviceaccount.com"
	for _, account := range []string{deployer, pusher, middle} {
		server.ServiceAccount(account)
	}
	user := server.UserADC("person@example.com")
	for name, doc := range map[string][]byte{
		"user":         user,
		"key":          server.KeyADC(pusher),
		"federation":   server.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "x", JSON: true, Target: deployer, LifetimeSeconds: 600}),
		"executable":   server.ExternalADC(iamtest.ExternalOptions{Command: "/bin/x --y", OutputFile: "/tmp/z"}),
		"aws":          server.ExternalADC(iamtest.ExternalOptions{AWS: true}),
		"workforce":    server.ExternalUserADC("x"),
		"impersonated": server.ImpersonatedADC(server.ImpersonatedADC(user, middle), deployer, pusher),
	} {
		t.Run(name, func(t *testing.T) {
			var all map[string]any
			if err := json.Unmarshal(doc, &all); err != nil {
				t.Fatal(err)
			}
			all["note"] = strings.Repeat("x", 500)
			padded, err := json.MarshalIndent(all, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			got, err := compactCredential(padded)
			if err != nil {
				t.Fatal(err)
			}
			text := got.Reveal()
			if len(text) >= len(padded)-500 || strings.Contains(text, "note") || strings.Contains(text, "\n") {
				t.Errorf("%d bytes became %d", len(padded), len(text))
			}
			before, _ := source.Fingerprint(padded)
			after, err := source.Fingerprint([]byte(text))
			if err != nil || before != after {
				t.Errorf("it is another identity now (%v)", err)
			}
			if again, err := compactCredential([]byte(text)); err != nil || !again.Equal(got) {
				t.Errorf("a second time changes it (%v)", err)
			}
		})
	}
	if key, err := compactCredential(server.KeyADC(pusher)); err != nil || len(key.Reveal()) > 2560 {
		t.Errorf("a key does not fit into Windows' 2,560 bytes: %d (%v)", len(key.Reveal()), err)
	}
}

func FuzzCompactCredential(f *testing.F) {
	f.Add([]byte(`{"type":"authorized_user","client_id":"a","refresh_token":"b","x":[1,2]}`))
	f.Add([]byte(`{"type":"authorized_user","client_id":"a","Refresh_Token":"b"}`))
	f.Add([]byte(`{"type":"impersonated_service_account","source_credentials":{"type":"service_account"}}`))
	f.Add([]byte(`{"type":"external_account","credential_source":{"file":"x" }}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := compactCredential(doc)
		if err != nil {
			return
		}
		before, err1 := source.Fingerprint(doc)
		after, err2 := source.Fingerprint([]byte(got.Reveal()))
		if err1 != nil || err2 != nil || before != after {
			t.Errorf("%q became %q", doc, got.Reveal())
		}
	})
}
