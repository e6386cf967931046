package source

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Compacting keeps the identity and drops the rest.
func TestCompact(t *testing.T) {
	s, err := iamtest.NewServer(iamtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	const deployer, pusher, middle = "deployer@demo-project.iam.gserviceaccount.com", "pusher@demo-project.iam.gserviceaccount.com", "middle@demo-project.iam.gserviceaccount.com"
	user, key := s.UserADC("alice@example.com"), s.KeyADC(pusher)
	for name, doc := range map[string][]byte{
		"user":         user,
		"key":          key,
		"federation":   s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "x", JSON: true, Target: deployer, LifetimeSeconds: 600}),
		"executable":   s.ExternalADC(iamtest.ExternalOptions{Command: "/bin/x --y", OutputFile: "/tmp/z"}),
		"aws":          s.ExternalADC(iamtest.ExternalOptions{AWS: true}),
		"workforce":    s.ExternalUserADC("x"),
		"impersonated": s.ImpersonatedADC(s.ImpersonatedADC(user, middle), deployer, pusher),
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
			d, err := Parse(padded)
			if err != nil {
				t.Fatal(err)
			}
			got := d.Compact().Reveal()
			if len(got) >= len(padded)-500 || strings.Contains(got, "note") || strings.Contains(got, "\n") {
				t.Errorf("%d bytes became %d", len(padded), len(got))
			}
			again, err := Parse([]byte(got))
			if err != nil || again.Fingerprint(Principal{}) != d.Fingerprint(Principal{}) || !SameHolder(d, again) {
				t.Fatalf("it is another identity now (%v)", err)
			}
			if !again.Compact().Equal(d.Compact()) {
				t.Error("a second time changes it")
			}
		})
	}
	d, err := Parse(key)
	if err != nil || len(d.Compact().Reveal()) > 2560 {
		t.Errorf("a key does not fit into Windows' 2,560 bytes: %d (%v)", len(d.Compact().Reveal()), err)
	}
}
