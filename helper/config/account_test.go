package config

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// TestNoAccount loses the account in the ways that other programs lose it. The
// source identity's own token is never the answer: the error names the file that
// was read, why that one, and the command that fixes it.
func TestNoAccount(t *testing.T) {
	for _, c := range []struct {
		name, config string
		client       host.Client
		host         string
		setup        func(w *world)
		says         []string
		hint         string
	}{
		{"no file", "", host.Docker, "gcr.io", nil, []string{"HOME/.docker/config.json (from HOME)"}, "credential-iam configure --service-account EMAIL --docker gcr.io"},
		{
			"plugins was dropped", `{"credHelpers":{"gcr.io":"iam"}}`, host.Docker, "gcr.io", nil,
			[]string{"(from HOME)", `"iam"`}, "credential-iam configure --service-account EMAIL --docker gcr.io",
		},
		{
			"another folder", "", host.Docker, "gcr.io", func(w *world) { w.vars["DOCKER_CONFIG"] = w.home + "/other" },
			[]string{"HOME/other/config.json (from DOCKER_CONFIG)"}, "DOCKER_CONFIG=HOME/other credential-iam configure --service-account EMAIL --docker gcr.io",
		},
		{"another key", `{"plugins":{"iam":{"lifetime":"1h"}}}`, host.Git, "source.developers.google.com", nil, []string{"(from HOME)"}, "credential-iam configure --service-account EMAIL --git https://source.developers.google.com"},
		{"a host's section", `{"plugins":{"iam@git.example.com":{"token":"access"}}}`, host.Git, "git.example.com", nil, []string{"(from HOME)"}, "credential-iam configure --service-account EMAIL --git https://git.example.com"},
		{"an issuer", `{"plugins":{"iam@r.example.com":{"issuer":"ecr"}}}`, host.Docker, "r.example.com", nil, []string{"(from HOME)"}, "credential-iam configure --service-account EMAIL --docker r.example.com"},
		{"delegates alone", `{"plugins":{"iam":{"delegates":"d@p.iam.gserviceaccount.com"}}}`, host.Docker, "gcr.io", nil, []string{"(from HOME)"}, "credential-iam configure --service-account EMAIL --docker gcr.io"},
		{"the go command", `{"plugins":{"iam@git.example.com":{"token":"access"}}}`, host.Go, "git.example.com", nil, []string{"(from HOME)"}, "credential-iam configure --service-account EMAIL --host git.example.com"},
		{"a header", "", host.Header, "europe-npm.pkg.dev", nil, []string{"(from HOME)"}, "credential-iam configure --service-account EMAIL --host europe-npm.pkg.dev"},
		{"a registry that a command names", "", host.Git, "europe-docker.pkg.dev", nil, []string{"(from HOME)"}, "credential-iam configure --service-account EMAIL --docker europe-docker.pkg.dev"},
		{"no home", "", host.Docker, "gcr.io", func(w *world) {
			w.write("adc.json", adcUser)
			w.vars["GOOGLE_APPLICATION_CREDENTIALS"] = w.home + "/adc.json"
			w.homeless = true
		}, []string{"no home folder"}, "export HOME=DIR"},
		{"no source either", "", host.Docker, "gcr.io", (*world).remove, []string{"(from HOME)"}, "credential-iam configure --service-account EMAIL --docker gcr.io"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.config)
			if c.setup != nil {
				c.setup(w)
			}
			got, err := w.resolve(c.client, c.host)
			if err == nil {
				t.Fatalf("answered as %q", got.ServiceAccount)
			}
			e := helper.AsError(err)
			if e.Code != "no-account" || e.Who != helper.User || e.Object != c.host || e.Hint != strings.ReplaceAll(c.hint, "HOME/", w.home+"/") {
				t.Errorf("got %+v", e)
			}
			for _, says := range c.says {
				if says = strings.Replace(says, "HOME/", w.home+"/", 1); !strings.Contains(e.Reason, says) {
					t.Errorf("%q does not say %q", e.Reason, says)
				}
			}
		})
	}
}

// TestOwnToken has the source identity's own token where the file asks for it by
// its word, and nowhere else.
func TestOwnToken(t *testing.T) {
	const sa = `"serviceAccount":"a@p.iam.gserviceaccount.com"`
	for config, own := range map[string]bool{
		`{"plugins":{"iam":{"serviceAccount":"source"}}}`:                                                                     true,
		`{"plugins":{"iam":{` + sa + `},"iam@gcr.io":{"serviceAccount":"source"}}}`:                                           true,
		`{"plugins":{"iam":{"serviceAccount":"source","delegates":""}}}`:                                                      true,
		`{"plugins":{"iam":{` + sa + `,"delegates":"d@p.iam.gserviceaccount.com"},"iam@gcr.io":{"serviceAccount":"source"}}}`: true,
		`{"plugins":{"iam":{"serviceAccount":"source"},"iam@gcr.io":{` + sa + `}}}`:                                           false,
	} {
		got, err := newWorld(t, config).resolve(host.Docker, "gcr.io")
		if err != nil || got.Own != own || (got.ServiceAccount == "") != own || len(got.Delegates) > 0 {
			t.Errorf("%s: got %+v, %v", config, got, err)
		}
	}
	// Delegates of the own identity lead nowhere: whoever wrote them meant an account.
	for _, config := range []string{
		`{"plugins":{"iam":{"serviceAccount":"source","delegates":"d@p.iam.gserviceaccount.com"}}}`,
		`{"plugins":{"iam":{` + sa + `},"iam@gcr.io":{"serviceAccount":"source","delegates":"d@p.iam.gserviceaccount.com"}}}`,
		`{"plugins":{"iam@gcr.io":{"serviceAccount":"source"},"iam@gcr.io/p":{"delegates":"d@p.iam.gserviceaccount.com"}}}`,
	} {
		if got, err := newWorld(t, config).resolve(host.Docker, "gcr.io/p"); err == nil || helper.AsError(err).Code != "config" || !strings.Contains(err.Error(), "delegates") {
			t.Errorf("%s: got %+v, %v", config, got, err)
		}
	}
	for _, variable := range []string{"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"} {
		w := newWorld(t, "")
		w.vars[variable] = Own
		if _, err := w.resolve(host.Docker, "gcr.io"); err == nil || helper.AsError(err).Object != variable || helper.AsError(err).Hint != "unset "+variable {
			t.Errorf("%s=source: got %v", variable, err)
		}
	}
}

// TestSourceNamesItsAccount answers, without a configured account, where the source
// impersonates one by itself.
func TestSourceNamesItsAccount(t *testing.T) {
	const url = `"service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/own@p.iam.gserviceaccount.com:generateAccessToken"`
	for file, want := range map[string]string{
		`{"type":"impersonated_service_account",` + url + `,"source_credentials":` + adcUser + `}`: "own@p.iam.gserviceaccount.com",
		`{"type":"external_account","audience":"a",` + url + `}`:                                   "own@p.iam.gserviceaccount.com",
		`{"type":"external_account","audience":"a"}`:                                               "",
		`{"type":"authorized_user",` + url + `}`:                                                   "",
		`{"type":"service_account","client_email":"k@p.iam.gserviceaccount.com"}`:                  "",
	} {
		w := newWorld(t, "")
		w.write(".config/gcloud/application_default_credentials.json", file)
		got, err := w.resolve(host.Docker, "gcr.io")
		if want == "" {
			if err == nil || helper.AsError(err).Code != "no-account" {
				t.Errorf("%s: got %q, %v, want no account", file, got.ServiceAccount, err)
			}
		} else if err != nil || got.ServiceAccount != want || got.Own {
			t.Errorf("%s: got %q, %v, want %s", file, got.ServiceAccount, err, want)
		}
		w.write(".docker/config.json", `{"plugins":{"iam":{"serviceAccount":"b@p.iam.gserviceaccount.com"}}}`)
		if got, err := w.resolve(host.Docker, "gcr.io"); err != nil || got.ServiceAccount != "b@p.iam.gserviceaccount.com" {
			t.Errorf("%s: a configured account: got %q, %v", file, got.ServiceAccount, err)
		}
	}
	// A source that is of no use might have named one: what is wrong with it is said.
	w := newWorld(t, "")
	w.vars["GOOGLE_APPLICATION_CREDENTIALS"] = filepath.Join(w.home, "absent.json")
	if _, err := w.resolve(host.Docker, "gcr.io"); err == nil || helper.AsError(err).Code != "no-source" {
		t.Errorf("got %v, want the source's mistake", err)
	}
}

// TestNearMisses writes the names of sections in the ways that people do. None is
// passed over: each is an error for every host.
func TestNearMisses(t *testing.T) {
	const good = `"iam":{"serviceAccount":"a@p.iam.gserviceaccount.com"},"iam@git.example.com":{"token":"access"}`
	ask := func(plugins string, client host.Client, name string) error {
		_, err := newWorld(t, `{"plugins":{`+plugins+`}}`).resolve(client, name)
		return err
	}
	for _, near := range []string{
		"IAM", "Iam", " iam", "iam ", "iam:gcr.io", "iam/gcr.io", "iam @gcr.io", "iam@ gcr.io", "IAM@gcr.io", "iam.gcr.io", "iam.x", "iam@", "iam@https://gcr.io",
		"iam@us*.gcr.io", "iam@gcr.io:44*", "iam@gcr.io:0", "iam@me@gcr.io", "iam@gcr.io.", "iam@us-docker..pkg.dev", "iam@.gcr.io", "iam@gcr.io?x", "iam@git.example.com/a/../b", "iam@git.example.com/a/%2e%2E/b", "iam@git.example.com/./a",
		"iam-gcr.io", "iam_gcr.io", "iam-localhost:5000", "iam-@gcr.io", "iam_git.example.com/team", "aim@gcr.io", "IMA@gcr.io", "mai@git.example.com/team",
		"iam-x", "iam_x", "iam-", "iam\u0000", "\u0000iam", "i\u0001am", "iam\u007f@gcr.io", "iam+x", "IAM-X", "iam$", "iam\u00e9",
		"iam\uff20gcr.io", "\uff49\uff41\uff4d@gcr.io", "i\u0430m@gcr.io", "\u0456\u0430\u043c", "\u0131am@gcr.io", "i\u0410M", "iam\ufe6bgcr.io", "iam\u200b@gcr.io", "\ufeffiam", "iam\u00a0@gcr.io", "iam@g\u0441r.io",
		"docker-credential-iam", "docker-credential-iam@gcr.io", "git-credential-iam", "credential-iam",
	} {
		plugins := good + `,` + jsonName(near) + `:{"serviceAccount":"b@p.iam.gserviceaccount.com"}`
		for _, name := range []string{"gcr.io", "git.example.com", "elsewhere.example.com"} {
			for _, client := range []host.Client{host.Docker, host.Git} {
				err := ask(plugins, client, name)
				if err == nil || helper.AsError(err).Code != "config" || !strings.Contains(err.Error(), strconv.QuoteToASCII(strings.Replace(near, "@me@", "@REDACTED@", 1))) {
					t.Errorf("%q: %s %s: got %v", near, client, name, err)
				}
			}
		}
	}
	for _, other := range []string{"iamb", "iam2", "xiam", "aim", "maim@gcr.io", "iamm@gcr.io", "\u0456mp@gcr.io", "im\u0430ge", "compose", "miam@gcr.io", "docker-credential-iamx", "-x-cli-hints"} {
		for name, want := range map[string]error{"gcr.io": nil, "git.example.com": nil, "elsewhere.example.com": helper.ErrNoTarget} {
			if err := ask(good+`,"`+other+`":{"x":"y"}`, host.Git, name); !errors.Is(err, want) {
				t.Errorf("%q: %s: got %v", other, name, err)
			}
		}
	}
}

// jsonName is a name as JSON has it.
func jsonName(name string) string {
	b, _ := json.Marshal(name)
	return string(b)
}

// TestBesidePlugins has a section that is not within "plugins".
func TestBesidePlugins(t *testing.T) {
	for _, name := range []string{"iam", "iam@gcr.io", "IAM@gcr.io"} {
		w := newWorld(t, `{"`+name+`":{"serviceAccount":"b@p.iam.gserviceaccount.com"},"plugins":{"iam":{"serviceAccount":"a@p.iam.gserviceaccount.com"}}}`)
		if got, err := w.resolve(host.Docker, "gcr.io"); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %q, %v, want an error that names it", name, got.ServiceAccount, err)
		}
	}
}

// TestTwins names one host, or one repository, in two sections. Each may state
// another identity, so neither is taken.
func TestTwins(t *testing.T) {
	for _, c := range []struct{ one, other, asked string }{
		{"iam@gcr.io", "iam@GCR.io", "gcr.io"},
		{"iam@gcr.io", "iam@gcr.io:443", "gcr.io"},
		{"iam@*.gcr.io", "iam@*.GCR.io", "eu.gcr.io"},
		{"iam@git.example.com/team/app", "iam@git.example.com/team/app.git", "git.example.com/team/app"},
		{"iam@git.example.com/team/app", "iam@git.example.com/team//app/", "git.example.com/team/app.git/info/lfs"},
	} {
		text := `{"plugins":{"iam":{"serviceAccount":"a@p.iam.gserviceaccount.com"},` +
			`"` + c.one + `":{"token":"access"},"` + c.other + `":{"token":"access","serviceAccount":"b@p.iam.gserviceaccount.com"}}}`
		w := newWorld(t, text)
		got, err := w.resolve(host.Git, c.asked)
		if err == nil || helper.AsError(err).Code != "config" || !strings.Contains(err.Error(), c.one) || !strings.Contains(err.Error(), c.other) {
			t.Errorf("%s and %s: got %q, %v, want an error that names both", c.one, c.other, got.ServiceAccount, err)
		}
		if got := len(Load(w.env()).Problems()); got != 2 {
			t.Errorf("%s and %s: %d problems, want one of each", c.one, c.other, got)
		}
		if _, err := w.resolve(host.Git, "us-docker.pkg.dev"); err != nil {
			t.Errorf("another host: %v", err)
		}
	}
}

// TestPasswordNotShown writes a password where a host is wanted.
func TestPasswordNotShown(t *testing.T) {
	for _, text := range []string{
		`{"plugins":{"iam@me:hunter22@gcr.io":{}}}`, `{"plugins":{"iam@https://me:hunter22@gcr.io":{}}}`,
		`{"plugins":{"iam":{"endpoint":"https://me:hunter22@127.0.0.1:1/"}}}`,
		`{"plugins":{"iam@*x.me:hunter22@gcr.io":{}}}`,
	} {
		_, err := newWorld(t, text).resolve(host.Docker, "gcr.io")
		if err == nil || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%s: got %v, want an error without the password", text, err)
		}
	}
}

// TestLongestInOneSpelling: the more specific of two sections is the one further
// down, however long another's spelling is.
func TestLongestInOneSpelling(t *testing.T) {
	for _, c := range []struct{ deeper, other, asked string }{
		{"iam@git.example.com/team/a", "iam@git.example.com/team.git", "git.example.com/team/a"},
		{"iam@git.example.com/team/app", "iam@git.example.com/%74%65%61%6d", "git.example.com/team/app"},
		{"iam@foo.googlesource.com/x/y", "iam@foo.googlesource.com/a/x", "foo.googlesource.com/x/y"},
	} {
		w := newWorld(t, `{"plugins":{"`+c.deeper+`":{"token":"access","serviceAccount":"deep@p.iam.gserviceaccount.com"},`+
			`"`+c.other+`":{"token":"access","serviceAccount":"other@p.iam.gserviceaccount.com"}}}`)
		if got, err := w.resolve(host.Git, c.asked); err != nil || got.ServiceAccount != "deep@p.iam.gserviceaccount.com" {
			t.Errorf("%s: got %q, %v, want the account of %s", c.asked, got.ServiceAccount, err, c.deeper)
		}
	}
}

// TestDottedPath: at a host with sections by path, one that has a dot segment is an error
// and neither the host nor the repository that it seems to be. At another it is the host's.
func TestDottedPath(t *testing.T) {
	const team, whole = `"iam@git.example.com/team":{"token":"access","serviceAccount":"team@p.iam.gserviceaccount.com"}`,
		`"iam@git.example.com":{"token":"access","serviceAccount":"host@p.iam.gserviceaccount.com"}`
	for _, path := range []string{"evil/../team/app", "team/x/../evil", "evil?x=/../../team/app", "evil//../team/app", "team/./app", "evil/..%2fteam"} {
		for _, plugins := range []string{team, team + "," + whole, `"iam@*.example.com/x":{"token":"access"},` + whole} {
			w := newWorld(t, `{"plugins":{`+plugins+`}}`)
			got, err := w.resolve(host.Git, "git.example.com/"+path)
			if e := helper.AsError(err); err == nil || e.Code != "dot-segment" || e.Who != helper.User || e.Hint == "" {
				t.Errorf("%s with %s: %q, %v", path, plugins, got.ServiceAccount, err)
			}
		}
		w := newWorld(t, `{"plugins":{`+whole+`,"iam@git.example.org/team":{"token":"access"}}}`)
		if got, err := w.resolve(host.Git, "git.example.com/"+path); err != nil || got.ServiceAccount != "host@p.iam.gserviceaccount.com" {
			t.Errorf("%s: %q, %v, want the host's account", path, got.ServiceAccount, err)
		}
	}
}

// TestDockerConfigFolder has DOCKER_CONFIG name what is no folder: the variable is
// named, and no file is said to be missing that nobody meant.
func TestDockerConfigFolder(t *testing.T) {
	const here = `{"plugins":{"iam":{"serviceAccount":"a@p.iam.gserviceaccount.com"}}}`
	for value, fix := range map[string]string{
		"HOME/.docker/config.json": "export DOCKER_CONFIG=HOME/.docker", "HOME/.docker/config.json/": "export DOCKER_CONFIG=HOME/.docker",
		"~/.docker": "export DOCKER_CONFIG=HOME/.docker", "~": "export DOCKER_CONFIG=HOME", "HOME/file": "unset DOCKER_CONFIG",
	} {
		w := newWorld(t, here)
		w.write("file", "x")
		w.vars["DOCKER_CONFIG"] = strings.ReplaceAll(value, "HOME", w.home)
		fix = strings.ReplaceAll(fix, "HOME", w.home)
		_, err := w.resolve(host.Docker, "gcr.io")
		for _, err := range []error{err, NoPath(w.env())} {
			if e := helper.AsError(err); err == nil || e.Who != helper.User || e.Code != "config" || !strings.Contains(e.Reason, "DOCKER_CONFIG") || e.Hint != fix {
				t.Errorf("%s: %v, want %s", value, err, fix)
			}
		}
	}
	w := newWorld(t, here)
	w.vars["DOCKER_CONFIG"] = w.home + "/new"
	if err := NoPath(w.env()); err != nil {
		t.Errorf("a folder that can be made: %v", err)
	}
}
