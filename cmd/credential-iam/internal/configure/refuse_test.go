package configure

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// emptyKeyring is a keyring that keeps nothing, or fails.
type emptyKeyring struct{ err error }

func (k emptyKeyring) Get(context.Context, string) (keystore.Secret, error) {
	return keystore.Secret{}, k.err
}

func TestWhatCannotWorkIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, before, want string
		keys               map[string]string
	}{
		{"a key", `{"plugins":{"iam":{"service_account":"x"}}}`, "service_account", keys("serviceAccount", account)},
		{"a value", `{"plugins":{"iam":{"lifetime":"1d"}}}`, "lifetime", keys("serviceAccount", account)},
		{"a name", `{"plugins":{"IAM":{}}}`, "IAM", keys("serviceAccount", account)},
		{"a file", `{}`, "gone.json", keys("source", "file:/does/not/gone.json")},
		{"a name of the keyring", `{}`, "keyring:nowork", keys("source", "keyring:nowork")},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			s.Identities = emptyKeyring{keystore.ErrNotFound}
			s.write(s.docker, c.before)
			_, err := s.Configure(context.Background(), Request{Keys: c.keys})
			var e *helper.Error
			if !errors.As(err, &e) || !strings.Contains(e.Error(), c.want) || e.Hint == "" || strings.HasSuffix(e.Hint, " doctor") {
				t.Fatalf("got %v, want an error with %q and a fix", err, c.want)
			}
			if strings.Contains(e.Hint, s.docker) && c.keys["source"] != "" {
				t.Errorf("%s does not fix it", e.Hint)
			}
			if s.read(s.docker) != c.before {
				t.Error("something was written")
			}
		})
	}
}

func TestWhatMayWorkIsTaken(t *testing.T) {
	for _, c := range []struct {
		name, before string
		r            Request
	}{
		{"the mistake itself", `{"plugins":{"iam":{"lifetime":"1d"}}}`, Request{Keys: keys("lifetime", "1h")}},
		{"a misspelled host, forced", `{}`, Request{Docker: []string{"europe-docker.pkg.de"}, Keys: keys("token", "id"), Force: true}},
		{"a misspelled host that is configured", `{"plugins":{"iam@europe-docker.pkg.de":{"token":"id"}}}`, Request{Docker: []string{"europe-docker.pkg.de"}}},
		{"another universe", `{"plugins":{"iam":{"universeDomain":"apis.example.com"}}}`, Request{Keys: keys("serviceAccount", "a@p.iam.example.com")}},
		{"a numeric id", `{}`, Request{Keys: keys("serviceAccount", "123456789012345678901")}},
		{"a locked keyring", `{}`, Request{Keys: keys("source", "keyring:work")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			s.Identities = emptyKeyring{keystore.ErrLocked}
			s.write(s.docker, c.before)
			s.configure(c.r)
		})
	}
}
