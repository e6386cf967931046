package configure

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/host"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		name string
		r    Request
		want string
	}{
		{"nothing", Request{}, "--service-account"},
		{"account", Request{Keys: keys("serviceAccount", "nobody")}, `"nobody"`},
		{"token", Request{Keys: keys("token", "x")}, "access, id, jwt"},
		{"key", Request{Keys: keys("tokn", "id")}, `"token"`},
		{"foreign git host", Request{Keys: keys("serviceAccount", account), Git: []string{"git.example.com"}}, "--token access, --token id or --token jwt"},
		{"foreign registry", Request{Docker: []string{"r.example.com"}}, "--token access, --token id or --token jwt"},
		{"look-alike", Request{Docker: []string{"gcr.io.example.com"}}, "--token access, --token id or --token jwt"},
		{"near a built-in registry", Request{Docker: []string{"europe-docker.pkg.de"}, Keys: keys("token", "id")}, "mean europe-docker.pkg.dev"},
		{"near one, without a kind", Request{Docker: []string{"europe-docker.pkg.de"}}, "mean europe-docker.pkg.dev"},
		{"person", Request{Keys: keys("serviceAccount", "you@gmail.com")}, `--service-account: "you@gmail.com"`},
		{"delegates of the own identity", Request{Keys: keys("serviceAccount", "source", "delegates", account), Docker: []string{"gcr.io"}}, "--delegates"},
		{"person as delegate", Request{Keys: keys("serviceAccount", account, "delegates", "you@gmail.com"), Docker: []string{"gcr.io"}}, `--delegates: "you@gmail.com"`},
		{"docker hub", Request{Docker: []string{"docker.io"}, Keys: keys("token", "access")}, "Docker Hub"},
		{"wildcard", Request{Docker: []string{"*.gcr.io"}}, "wildcards"},
		{"half a label", Request{Git: []string{"https://a*.example.com"}, Keys: keys("token", "id")}, "label"},
		{"ssh", Request{Git: []string{"ssh://git.example.com/x"}, Keys: keys("token", "id")}, "https"},
		{"scp form", Request{Git: []string{"git@git.example.com:x"}, Keys: keys("token", "id")}, `--git "git@git.example.com:x": git asks for no credential over ssh; want https://git.example.com/x`},
		{"scp form of another", Request{Git: []string{"hunter22@git.example.com:team/x.git"}, Keys: keys("token", "id")}, `"REDACTED@git.example.com:team/x.git": git asks for no credential over ssh; want https://git.example.com/team/x.git`},
		{"ssh with a port", Request{Git: []string{"ssh://git@git.example.com:2222/team/x"}, Keys: keys("token", "id")}, "want https://git.example.com/team/x"},
		{"a password", Request{Git: []string{"https://me:hunter22@git.example.com/x"}, Keys: keys("token", "id")}, "a user name cannot be part of it"},
		{"a far key", Request{Keys: keys("foo", "bar")}, `unknown key "foo"; the keys are serviceAccount, `},
		{"plain http", Request{Git: []string{"http://git.example.com"}, Keys: keys("token", "id")}, "https"},
		{"quote", Request{Git: []string{"https://git.example.com/a\"b"}, Keys: keys("token", "id")}, "characters"},
		{"newline", Request{Git: []string{"https://git.example.com/a\nb"}, Keys: keys("token", "id")}, "characters"},
		{"a dot segment", Request{Git: []string{"https://git.example.com/a/../b.git"}, Keys: keys("token", "id")}, "dot segment"},
		{"no host", Request{Docker: []string{"https://"}}, `--docker "https://": `},
		{"auth file alone", Request{AuthFile: "x", Keys: keys("token", "id")}, "--auth-file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			_, err := s.Configure(context.Background(), c.r)
			if usage := (UsageError{}); !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a usage error with %q", err, c.want)
			}
			if s.read(s.docker) != "(none)" || s.read(s.git) != "(none)" {
				t.Error("something was written")
			}
		})
	}
}

func TestHosts(t *testing.T) {
	for _, c := range []struct {
		client              host.Client
		typed, section, key string
		noted               bool
	}{
		{host.Docker, "GCR.io", "iam@gcr.io", "gcr.io", false},
		{host.Docker, "https://gcr.io/v2/", "iam@gcr.io", "gcr.io", true},
		{host.Docker, "europe-docker.pkg.dev/proj/repo", "iam@europe-docker.pkg.dev", "europe-docker.pkg.dev", true},
		{host.Docker, "gcr.io:443", "iam@gcr.io", "gcr.io:443", false},
		{host.Docker, "localhost:5000", "iam@localhost:5000", "localhost:5000", false},
		{host.Docker, "[::1]:5000", "iam@[::1]:5000", "[::1]:5000", false},
		{host.Git, "git.example.com", "iam@git.example.com", "https://git.example.com", false},
		{host.Git, "https://git.example.com/team/repo.git/", "iam@git.example.com/team/repo", "https://git.example.com/team/repo.git", false},
		{host.Git, "git.example.com/Team", "iam@git.example.com/Team", "https://git.example.com/Team", false},
		{host.Git, "http://127.0.0.1:8080", "iam@127.0.0.1:8080", "http://127.0.0.1:8080", false},
		{host.Git, "https://*.*.sourcemanager.dev", "iam@*.*.sourcemanager.dev", "https://*.*.sourcemanager.dev", false},
	} {
		var h place
		var note string
		var err error
		key := ""
		if c.client == host.Docker {
			h, note, err = dockerHost(c.typed)
			key = h.name
		} else {
			h, err = gitHost(c.typed)
			key = h.url()
		}
		if err != nil || h.section() != c.section || key != c.key || (note != "") != c.noted {
			t.Errorf("%s: %s, %s, note %q, %v", c.typed, h.section(), key, note, err)
		}
	}
}

// The delegates of an account lead nowhere once the section is for the own identity.
func TestOwnIdentityHasNoDelegates(t *testing.T) {
	s := newScene(t)
	s.configure(Request{Keys: map[string]string{"serviceAccount": account, "delegates": "d@proj.iam.gserviceaccount.com"}})
	s.configure(Request{Keys: map[string]string{"serviceAccount": "source"}})
	if got := s.read(s.docker); strings.Contains(got, "delegates") || !strings.Contains(got, `"source"`) {
		t.Error(got)
	}
}
