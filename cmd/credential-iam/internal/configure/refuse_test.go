package configure

import (
	"context"
	"errors"
	"fmt"
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
		{"a misspelled host, forced", `{}`, Request{Docker: []string{"europe-docker.pkg.de"}, Keys: keys("token", "id", "serviceAccount", account), Force: true}},
		{"a misspelled host that is configured", `{"plugins":{"iam@europe-docker.pkg.de":{"token":"id","serviceAccount":"` + account + `"}}}`, Request{Docker: []string{"europe-docker.pkg.de"}}},
		{"another universe", `{"plugins":{"iam":{"universeDomain":"apis.example.com"}}}`, Request{Keys: keys("serviceAccount", "a@p.iam.example.com")}},
		{"a numeric id", `{}`, Request{Keys: keys("serviceAccount", "123456789012345678901")}},
		{"a locked keyring, unseen", `{}`, Request{Keys: keys("source", "keyring:work"), NoCheck: true}},
		{"a source that names an account by itself", `{}`, Request{Keys: keys("source", "file:~/by-itself.json"), Docker: []string{"gcr.io"}}},
		{"the section of a path that names one", `{"plugins":{"iam@git.example.com":{"token":"access"},"iam@git.example.com/team":{"serviceAccount":"` + account + `"}}}`, Request{Docker: []string{"git.example.com"}}},
		{"another one who names it, of all", `{}`, Request{Docker: []string{"gcr.io"}, System: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			s.Identities = emptyKeyring{keystore.ErrLocked}
			s.Env.MachineConfig = s.home.Path("machine.json")
			s.write(s.docker, c.before)
			s.write("by-itself.json", `{"type":"impersonated_service_account","service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/`+account+`:generateAccessToken","source_credentials":{"type":"authorized_user","client_id":"x","client_secret":"y","refresh_token":"z"}}`)
			s.configure(c.r)
		})
	}
}

// An option is refused for a host that no plugin answers, whatever others have, and
// taken where a section names one or may.
func TestOptionWithoutPlugin(t *testing.T) {
	const ecr = `{"plugins":{"iam@x.example.com":{"issuer":"ecr","serviceAccount":"` + account + `"}}}`
	for _, c := range []struct {
		docker []string
		taken  bool
	}{{[]string{"gcr.io"}, false}, {[]string{"x.example.com", "gcr.io"}, false}, {[]string{"x.example.com"}, true}, {nil, true}} {
		s := newScene(t)
		s.write(s.docker, ecr)
		_, err := s.Configure(context.Background(), Request{Docker: c.docker, Keys: keys("serviceAccount", account, "issuer.roleArn", "x")})
		if taken := err == nil; taken != c.taken || !taken && (!strings.Contains(err.Error(), "--option roleArn") || !strings.Contains(err.Error(), "gcr.io")) {
			t.Errorf("%q: %v", c.docker, err)
		}
		if err != nil && s.read(s.docker) != ecr {
			t.Errorf("%q: something was written", c.docker)
		}
	}
}

// A plugin is asked where the request names it or an option of it, with what the file
// says besides.
func TestPluginIsAsked(t *testing.T) {
	for _, c := range []struct {
		name   string
		keys   map[string]string
		asked  string
		refuse bool
	}{
		{"none", keys("serviceAccount", account, "issuer", "nosuch"), "nosuch map[]", true},
		{"an option", keys("serviceAccount", account, "issuer", "ecr", "issuer.rolArn", "x"), "ecr map[rolArn:x]", true},
		{"a good one", keys("serviceAccount", account, "issuer", "ecr"), "ecr map[]", false},
		{"another key", keys("lifetime", "1h", "token", "access", "serviceAccount", account), "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			asked := ""
			s.Plugin = func(_ context.Context, target helper.Target) error {
				asked = fmt.Sprint(target.Issuer, " ", target.Options)
				if c.refuse {
					return &helper.Error{Who: helper.User, Op: "find", Object: "a plugin", Reason: "there is none"}
				}
				return nil
			}
			_, err := s.Configure(context.Background(), Request{Keys: c.keys, Docker: []string{"r.example.com"}})
			if (err != nil) != c.refuse || asked != c.asked {
				t.Errorf("asked %q, got %v", asked, err)
			}
			if err != nil && s.read(s.docker) != "(none)" {
				t.Error("something was written")
			}
		})
	}
}

func TestFormats(t *testing.T) {
	for typed, meant := range map[string]string{
		"europe-dokcer.pkg.dev": "europe-docker.pkg.dev", "us-npm.pkg.dev": "us-docker.pkg.dev",
		"europe-west4-docker.pkg.dev": "", "docker.us.rep.pkg.dev": "", "eu.gcr.io": "",
	} {
		s := newScene(t)
		report := s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{typed}})
		said := strings.Join(report.Notes, "\n")
		if meant == "" && said != "" || !strings.Contains(said, meant) {
			t.Errorf("%s: said %q", typed, said)
		}
	}
}

// A location that is nearly one of Google's is a slip of the pen, for every client; any
// other one may be new.
func TestLocations(t *testing.T) {
	for _, c := range []struct {
		r     Request
		meant string
	}{
		{Request{Docker: []string{"eurpe-docker.pkg.dev"}}, "europe-docker.pkg.dev"},
		{Request{Docker: []string{"europe-docker.pkg.dev", "docker.us-centrl1.rep.pkg.dev"}}, "docker.us-central1.rep.pkg.dev"},
		{Request{Docker: []string{"ue.gcr.io"}}, "eu.gcr.io"},
		{Request{Hosts: []string{"eurpe-python.pkg.dev"}}, "europe-python.pkg.dev"},
		{Request{Npmrc: []string{"https://eurpe-npm.pkg.dev/p/r/"}}, "europe-npm.pkg.dev"},
		{Request{Git: []string{"https://dev-123-git.europe-wset4.sourcemanager.dev/p/x/r"}}, "dev-123-git.europe-west4.sourcemanager.dev"},
		{Request{Docker: []string{"antarctica-south1-docker.pkg.dev", "europe-west13-docker.pkg.dev"}}, ""},
		{Request{Docker: []string{"eurpe-docker.pkg.dev"}, Force: true}, ""},
	} {
		s := newScene(t)
		c.r.Keys = keys("serviceAccount", account)
		_, err := s.Configure(context.Background(), c.r)
		usage := (UsageError{})
		switch {
		case c.meant == "" && err != nil:
			t.Errorf("%v: %v", c.r, err)
		case c.meant != "" && (!errors.As(err, &usage) || !strings.Contains(err.Error(), "did you mean "+c.meant+"?") || s.read(s.docker) != "(none)"):
			t.Errorf("%v: got %v and %s", c.r, err, s.read(s.docker))
		}
	}
}

// A host for which no account is named gets no token, so that it is refused, for every
// client and without a try too; the error names the flag, and its command does it.
func TestNoAccount(t *testing.T) {
	for _, c := range []struct {
		r   Request
		run string
	}{
		{Request{Docker: []string{"gcr.io"}}, "credential-iam configure --docker gcr.io --service-account EMAIL"},
		{Request{Docker: []string{"gcr.io"}, NoCheck: true}, "credential-iam configure --docker gcr.io --no-check --service-account EMAIL"},
		{Request{Git: []string{"https://source.developers.google.com"}, NoCheck: true}, "credential-iam configure --git https://source.developers.google.com --no-check --service-account EMAIL"},
		{Request{Hosts: []string{"us-npm.pkg.dev"}, NoCheck: true}, "credential-iam configure --host us-npm.pkg.dev --no-check --service-account EMAIL"},
		{Request{Docker: []string{"r.example.com"}, Keys: keys("token", "id"), NoCheck: true}, "credential-iam configure --token id --docker r.example.com --no-check --service-account EMAIL"},
	} {
		s := newScene(t)
		_, err := s.Configure(context.Background(), c.r)
		if e := helper.AsError(err); err == nil || e.Who != helper.User || e.Hint != c.run || !strings.Contains(e.Reason, "--service-account") || s.read(s.docker) != "(none)" || s.read(s.git) != "(none)" {
			t.Errorf("%v: got %v", c.r, err)
		}
	}
}

// A name of the keyring that nobody can look for is refused, unless the person wants
// nothing tried; then a note says so.
func TestKeyringUnread(t *testing.T) {
	for _, cause := range []error{keystore.ErrLocked, keystore.ErrUnavailable, keystore.ErrTimeout} {
		s := newScene(t)
		s.Identities = emptyKeyring{cause}
		r := Request{Keys: keys("source", "keyring:work")}
		_, err := s.Configure(context.Background(), r)
		if e := helper.AsError(err); err == nil || !errors.Is(err, cause) || e.Hint != "credential-iam configure --source keyring:work --no-check" || s.read(s.docker) != "(none)" {
			t.Errorf("%v: got %v", cause, err)
		}
		r.NoCheck = true
		if report := s.configure(r); !strings.Contains(strings.Join(report.Notes, "\n"), cause.Error()) {
			t.Errorf("%v: said %q", cause, report.Notes)
		}
	}
}
