package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/issuer"
	"github.com/credential-iam/credential-iam/keystore"
)

const (
	person   = "person@example.com"
	delegate = "step@proj.iam.gserviceaccount.com"
	account  = "deployer@proj.iam.gserviceaccount.com"
	creator  = "roles/iam.serviceAccountTokenCreator"
)

// scene is a machine on which all is well, for one test to spoil.
type scene struct {
	World
	t      *testing.T
	server *iamtest.Server
	home   *envtest.Home
	path   map[string]string // program -> path
	store  keystore.Store
	mints  []helper.Target
}

func newScene(t *testing.T) *scene {
	t.Helper()
	server := envtest.Google(t, iamtest.Options{})
	testenv.Allow(server, person, account)
	home := envtest.New(t, testenv.Options{Login: "adc.json"})
	home.SignIn(t, server.UserADC(person))
	home.Env["GOOGLE_APPLICATION_CREDENTIALS"] = home.ADC()
	s := &scene{t: t, server: server, home: home, store: keystore.NewMemory(time.Now)}
	s.path = map[string]string{"docker-credential-iam": "/opt/bin/docker-credential-iam", "git-credential-iam": "/opt/bin/git-credential-iam", "docker": "/usr/bin/docker", "credential-iam": "/opt/bin/credential-iam"}
	s.config(map[string]string{"europe-docker.pkg.dev": "iam"}, map[string]testenv.Section{"iam": {"serviceAccount": account, "endpoint": server.Endpoint()}})
	env := home.Helper()
	s.World = World{
		Env: env, Environ: home.Environ(), Version: "v1.0.0",
		LookPath: func(name string) (string, error) {
			if p := s.path[name]; p != "" {
				return p, nil
			}
			return "", exec.ErrNotFound
		},
		SayVersion: func(context.Context, string) (string, error) { return "Docker version 29.1.3, build f52814d\n", nil },
		AskVersion: func(context.Context, string, string) (string, error) { return "v1.0.0", nil },
		Keystore: func(context.Context, string) (keystore.Choice, error) {
			return keystore.Choice{Store: s.store, Why: "for the test"}, nil
		},
		Client: func(store keystore.Store) Client { return iam.New(iam.Options{Env: env, Store: store}) },
		Mint: func(ctx context.Context, t helper.Target, store keystore.Store) (helper.Token, error) {
			s.mints = append(s.mints, t)
			return iam.New(iam.Options{Env: env, Store: store}).Mint(ctx, t)
		},
		Reach: iam.New(iam.Options{Env: env}).Reach,
		Issuer: func(context.Context, string, string) (issuer.Description, error) {
			return issuer.Description{}, errors.New("no plugins in this test")
		},
	}
	return s
}

func (s *scene) write(path, text string) {
	s.t.Helper()
	s.home.Write(s.t, path, []byte(text))
}

func (s *scene) config(helpers map[string]string, plugins map[string]testenv.Section) {
	s.t.Helper()
	s.home.Configure(s.t, testenv.Docker{Helpers: helpers, Plugins: plugins})
}

// useGit puts the machine's git on the PATH, with a configuration.
func (s *scene) useGit(config string) {
	s.t.Helper()
	path, err := exec.LookPath("git")
	if err != nil {
		s.t.Skip("there is no git")
	}
	s.path["git"] = path
	s.write(".gitconfig", config)
}

// check runs the doctor and returns its findings.
func (s *scene) check(ctx context.Context, only string) (findings []Finding, err error) {
	err = Run(ctx, s.World, only, func(f Finding) { findings = append(findings, f) })
	if failed := slices.ContainsFunc(findings, func(f Finding) bool { return f.Result == Error }); failed != errors.Is(err, ErrFound) && ctx.Err() == nil {
		s.t.Errorf("an error was found: %v; the result is %v", failed, err)
	}
	return findings, err
}

// failed reports whether any check ended in an error.
func failed(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Result == Error })
}

// run runs the doctor, and checks that it shows no secret.
func (s *scene) run(only string) []Finding {
	s.t.Helper()
	checks, _ := s.check(context.Background(), only)
	b, err := json.Marshal(checks)
	if err != nil {
		s.t.Fatal(err)
	}
	envtest.NoSecret(s.t, string(b), append([]string{"eyJ", "geheim", "refresh_token"}, testenv.Marks...)...)
	names := map[string]bool{}
	for _, c := range checks {
		if names[c.Name] {
			s.t.Errorf("two checks are called %q: %v", c.Name, checks)
		}
		names[c.Name] = true
		if c.Name == "" || c.Detail == "" || strings.ContainsAny(c.Detail+c.Fix, "\n\r") {
			s.t.Errorf("odd check: %+v", c)
		}
	}
	return checks
}

// want checks that there is a check of that name and result whose text holds all
// the words.
func want(t *testing.T, checks []Finding, result Result, name string, words ...string) {
	t.Helper()
	if slices.ContainsFunc(checks, func(c Finding) bool {
		if c.Name != name || c.Result != result {
			return false
		}
		for _, w := range words {
			if !strings.Contains(c.Detail+" "+c.Fix, w) {
				return false
			}
		}
		return true
	}) {
		return
	}
	var b strings.Builder
	for _, c := range checks {
		fmt.Fprintln(&b, c)
	}
	t.Errorf("no %s %q with %q in\n%s", result, name, words, b.String())
}

func TestAllWell(t *testing.T) {
	s := newScene(t)
	checks := s.run("")
	for _, c := range checks {
		if c.Result != OK && c.Name != "git" {
			t.Errorf("%s", c)
		}
	}
	want(t, checks, OK, "source", "authorized_user", "adc.json", "GOOGLE_APPLICATION_CREDENTIALS")
	want(t, checks, OK, "impersonate "+account)
	want(t, checks, OK, "token europe-docker.pkg.dev", account)
	want(t, checks, OK, "keystore", "memory", "for the test")
	want(t, checks, OK, "clock")
	if failed(checks) {
		t.Error("failed")
	}
	for name := range map[string]bool{"docker-credential-iam": true, "git-credential-iam": true, "docker": true, "configuration": true, "locks": true, "api": true} {
		if !slices.ContainsFunc(checks, func(c Finding) bool { return c.Name == name }) {
			t.Errorf("%s was not checked", name)
		}
	}
}

// TestOnce has ten hosts of one identity, which cost one test.
func TestOnce(t *testing.T) {
	s := newScene(t)
	helpers := map[string]string{}
	for i := range 10 {
		helpers[fmt.Sprintf("r%d-docker.pkg.dev", i)] = "iam"
	}
	s.config(helpers, map[string]testenv.Section{"iam": {"serviceAccount": account, "endpoint": s.server.Endpoint()}})
	s.run("")
	if len(s.mints) != 1 {
		t.Errorf("%d tokens were made for one identity", len(s.mints))
	}
}

func TestEmptyMachine(t *testing.T) {
	s := newScene(t)
	delete(s.home.Env, "GOOGLE_APPLICATION_CREDENTIALS")
	s.path = map[string]string{}
	if err := os.RemoveAll(filepath.Join(s.home.Dir, ".docker")); err != nil {
		t.Fatal(err)
	}
	checks := s.run("")
	want(t, checks, Warning, "configuration", "credential-iam configure")
	want(t, checks, Warning, "docker-credential-iam", "PATH")
	want(t, checks, Skipped, "docker")
	want(t, checks, Skipped, "git")
	if failed(checks) {
		t.Errorf("errors about nothing: %v", checks)
	}
}

func TestBroken(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(s *scene)
		result Result
		check  string
		words  []string
	}{
		{"adapter missing", func(s *scene) { delete(s.path, "docker-credential-iam") }, Error, "docker-credential-iam", []string{"PATH", "install"}},
		{"other version", func(s *scene) {
			s.AskVersion = func(context.Context, string, string) (string, error) { return "v0.9.0", nil }
		}, Warning, "docker-credential-iam", []string{"v0.9.0", "v1.0.0"}},
		{"an adapter of another release", func(s *scene) {
			s.path["credential-iam-client"] = "/opt/bin/credential-iam-client"
			s.AskVersion = func(_ context.Context, _, name string) (string, error) {
				return map[string]string{"credential-iam-client": "v0.9.0"}[name] + map[bool]string{true: "v1.0.0"}[name != "credential-iam-client"], nil
			}
		}, Warning, "credential-iam-client", []string{"v0.9.0", "v1.0.0"}},
		{"not ours", func(s *scene) {
			s.AskVersion = func(context.Context, string, string) (string, error) { return "", errors.New("exec format error") }
		}, Error, "docker-credential-iam", []string{"exec format error", "/opt/bin/docker-credential-iam"}},
		{"snap", func(s *scene) { s.path["docker"] = "/snap/bin/docker" }, Warning, "docker", []string{"snap"}},
		{"environment", func(s *scene) { s.home.Env["DOCKER_AUTH_CONFIG"] = `{"auths":{"x.io":{"auth":"geheim"}}}` }, Warning, "DOCKER_AUTH_CONFIG", []string{"unset"}},
		{"environment of our host", func(s *scene) {
			s.home.Env["DOCKER_AUTH_CONFIG"] = `{"auths":{"europe-docker.pkg.dev":{"auth":"geheim"}}}`
		}, Error, "DOCKER_AUTH_CONFIG", []string{"europe-docker.pkg.dev", "unset"}},
		{"bad file", func(s *scene) { s.write(config.Path(s.Env), "{") }, Error, "configuration", []string{"line 1", s0}},
		{"unknown key", func(s *scene) {
			s.config(map[string]string{"gcr.io": "iam"}, map[string]testenv.Section{"iam": {"serviceAcount": account}})
		}, Error, "section iam", []string{"serviceAcount", "serviceAccount"}},
		{"another helper", func(s *scene) {
			s.config(map[string]string{"gcr.io": "gcloud"}, map[string]testenv.Section{"iam@gcr.io": {"serviceAccount": account, "endpoint": s.server.Endpoint()}})
		}, Warning, "docker gcr.io", []string{"gcloud", "--force"}},
		{"not asked", func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam@gcr.io": {"serviceAccount": account, "endpoint": s.server.Endpoint()}})
		}, Warning, "docker gcr.io", []string{"configure --docker gcr.io"}},
		{"credsStore", func(s *scene) {
			s.write(config.Path(s.Env), `{"credsStore":"desktop","plugins":{"iam@gcr.io":{"serviceAccount":"`+account+`","endpoint":"`+s.server.Endpoint()+`"}}}`)
		}, Warning, "docker gcr.io", []string{"desktop", "credsStore"}},
		{"plaintext", func(s *scene) {
			s.write(config.Path(s.Env), `{"auths":{"gcr.io":{"auth":"geheim"}},"credHelpers":{"gcr.io":"iam"},"plugins":{"iam":{"serviceAccount":"`+account+`","endpoint":"`+s.server.Endpoint()+`"}}}`)
		}, Warning, "docker gcr.io", []string{"docker logout gcr.io"}},
		{"spelling", func(s *scene) {
			s.config(map[string]string{"https://gcr.io/": "iam"}, nil)
		}, Warning, "credHelpers https://gcr.io/", []string{"configure --service-account EMAIL --docker gcr.io"}},
		{"no source", func(s *scene) { delete(s.home.Env, "GOOGLE_APPLICATION_CREDENTIALS") }, Error, "source", []string{"gcloud auth application-default login"}},
		{"source file gone", func(s *scene) { s.home.Env["GOOGLE_APPLICATION_CREDENTIALS"] = filepath.Join(s.home.Dir, "gone.json") }, Error, "source", []string{"gone.json", "unset GOOGLE_APPLICATION_CREDENTIALS"}},
		{"source never cached", func(s *scene) {
			s.server.Grant(s.server.WorkloadPrincipal("job").Email, creator, account)
			s.home.Write(s.t, s.home.Env["GOOGLE_APPLICATION_CREDENTIALS"], s.server.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job"}))
		}, Warning, "source cached", []string{"never cached", "URL"}},
		{"unused members", func(s *scene) {
			doc := strings.Replace(string(s.server.UserADC(person)), "{", `{"quota_project":"billed",`, 1)
			s.home.Write(s.t, s.home.Env["GOOGLE_APPLICATION_CREDENTIALS"], []byte(doc))
		}, Warning, "source members", []string{"quota_project"}},
		{"no keystore", func(s *scene) {
			s.Keystore = func(ctx context.Context, _ string) (keystore.Choice, error) {
				return keystore.Open(ctx, "none", keystore.Options{})
			}
		}, Warning, "keystore", []string{"none"}},
		{"keystore against advice", func(s *scene) {
			s.Keystore = func(context.Context, string) (keystore.Choice, error) {
				return keystore.Choice{Store: s.store, Why: "asked for", Warning: "the back end warns"}, nil
			}
		}, Warning, "keystore", []string{"the back end warns"}},
		{"keystore fails", func(s *scene) {
			s.Keystore = func(context.Context, string) (keystore.Choice, error) {
				return keystore.Choice{}, keystore.ErrLocked
			}
		}, Warning, "keystore", []string{keystore.ErrLocked.Error()}},
		{"clock", func(s *scene) {
			s.Reach = func(context.Context, helper.Target) (time.Time, error) { return time.Now().Add(-10 * time.Minute), nil }
		}, Warning, "clock", []string{"10m0s", "timedatectl"}},
		{"unreachable", func(s *scene) { s.server.Close() }, Error, "api", []string{"127.0.0.1", `write "endpoint": "https://iamcredentials.googleapis.com/" there`, "${EDITOR:-vi}"}},
		{"unreachable by the proxy", func(s *scene) {
			s.home.Env["HTTPS_PROXY"] = "http://127.0.0.1:1"
			s.config(map[string]string{"gcr.io": "iam"}, map[string]testenv.Section{"iam": {"serviceAccount": account}})
		}, Error, "api", []string{"the proxy 127.0.0.1:1 (HTTPS_PROXY)", "unset HTTPS_PROXY"}},
		{"an old docker", func(s *scene) {
			s.SayVersion = func(context.Context, string) (string, error) { return "Docker version 27.5.1, build x\n", nil }
		}, Warning, "docker", []string{"docker push and pull hide", upgrade(false)}},
		{"api disabled", func(s *scene) { s.server.DisableAPI() }, Error, "impersonate " + account, []string{"gcloud services enable"}},
		{"no role", func(s *scene) { s.server.Revoke(person, creator, account) }, Error, "impersonate " + account, []string{creator}},
		{"no account", func(s *scene) { s.server.ServiceAccount(account).Delete() }, Error, "impersonate " + account, nil},
		{"no account configured", func(s *scene) {
			s.config(map[string]string{"gcr.io": "iam"}, nil)
		}, Error, "identity gcr.io", []string{"credential-iam configure --service-account EMAIL --docker gcr.io"}},
		{"nearly a section", func(s *scene) {
			s.config(map[string]string{"gcr.io": "iam"}, map[string]testenv.Section{"IAM": {"serviceAccount": account}})
		}, Error, "section IAM", []string{`plugins["IAM"]`, "${EDITOR:-vi}"}},
		{"host error", func(s *scene) {
			s.config(map[string]string{"r.example.com": "iam"}, map[string]testenv.Section{"iam@r.example.com": {"serviceAccount": account}})
		}, Error, "identity r.example.com", []string{`"token": "id"`, "credential-iam configure --docker r.example.com --token id"}},
		{"host without section", func(s *scene) {
			s.config(map[string]string{"r.example.com": "iam"}, nil)
		}, Error, "identity r.example.com", []string{`"r.example.com"`, "credential-iam configure --service-account EMAIL --docker r.example.com --token id"}},
		{"issuer", func(s *scene) {
			s.config(map[string]string{"r.example.com": "iam"}, map[string]testenv.Section{"iam@r.example.com": {"issuer": "ecr", "serviceAccount": account, "endpoint": s.server.Endpoint()}})
		}, Error, "issuer ecr", []string{"no plugins"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			c.spoil(s)
			checks := s.run("")
			want(t, checks, c.result, c.check, c.words...)
			if c.result == Error != failed(checks) {
				t.Errorf("failed is %v", failed(checks))
			}
		})
	}
}

// TestOnlyMisspelled: a host that nothing names is not listed as configured, though docker
// runs the helper for every host.
func TestOnlyMisspelled(t *testing.T) {
	s := newScene(t)
	s.write(config.Path(s.Env), `{"credsStore":"iam","plugins":{"iam":{"serviceAccount":"`+account+`","endpoint":"`+s.server.Endpoint()+`"}}}`)
	want(t, s.run("eurpe-docker.pkg.dev"), OK, "configuration", "nothing for eurpe-docker.pkg.dev by name")
	want(t, s.run("europe-docker.pkg.dev"), OK, "configuration", "config.json: europe-docker.pkg.dev")
}

// TestNothingConfigured: what credentials a host that is configured would use is known
// before any is.
func TestNothingConfigured(t *testing.T) {
	s := newScene(t)
	s.config(nil, nil)
	checks := s.run("")
	want(t, checks, OK, "source", s.home.ADC())
	if failed(checks) {
		t.Errorf("%v", checks)
	}
	delete(s.home.Env, "GOOGLE_APPLICATION_CREDENTIALS")
	checks = s.run("")
	want(t, checks, Warning, "source", "gcloud auth application-default login")
	if failed(checks) {
		t.Errorf("%v", checks)
	}
}

// TestKeystoreAsked: the keystore is the one that is configured, also where nothing else
// is, and where no identity can be found.
func TestKeystoreAsked(t *testing.T) {
	for name, section := range map[string]testenv.Section{
		"nothing else": {"keystore": "tmpfs"},
		"no source":    {"keystore": "tmpfs", "serviceAccount": account, "source": "file:/nowhere"},
	} {
		for _, helpers := range []map[string]string{nil, {"gcr.io": "iam"}} {
			s := newScene(t)
			s.config(helpers, map[string]testenv.Section{"iam": section})
			var asked []string
			open := s.Keystore
			s.Keystore = func(ctx context.Context, name string) (keystore.Choice, error) {
				asked = append(asked, name)
				return open(ctx, name)
			}
			s.run("")
			if !slices.Equal(slices.Compact(asked), []string{"tmpfs"}) {
				t.Errorf("%s, %v: asked for %q", name, helpers, asked)
			}
		}
	}
}

// A source that is missing is one error, however many hosts there are.
func TestOneSourceError(t *testing.T) {
	s := newScene(t)
	gone := filepath.Join(s.home.Dir, "gone.json")
	s.home.Env["GOOGLE_APPLICATION_CREDENTIALS"] = gone
	s.config(map[string]string{"gcr.io": "iam", "eu.gcr.io": "iam", "us.gcr.io": "iam"}, map[string]testenv.Section{"iam": {"serviceAccount": account, "endpoint": s.server.Endpoint()}})
	named := 0
	for _, f := range s.run("") {
		if strings.Contains(f.Detail, gone) {
			named++
		}
	}
	if named != 1 {
		t.Errorf("the file is named by %d checks", named)
	}
}

// TestNoHost walks the identity of the section "iam" where no host is configured:
// credential-iam token works by it.
func TestNoHost(t *testing.T) {
	file := func(s *scene) string { return s.home.ADC() }
	for name, c := range map[string]struct {
		spoil  func(s *scene)
		result Result
		check  string
		words  []string
	}{
		"well":         {func(*scene) {}, OK, "token by default", []string{account}},
		"broken file":  {func(s *scene) { s.write(file(s), "{") }, Error, "source", []string{"adc.json"}},
		"no file":      {func(s *scene) { _ = os.Remove(file(s)) }, Error, "source", []string{"adc.json"}},
		"unreachable":  {func(s *scene) { s.server.Close() }, Error, "api", []string{"127.0.0.1"}},
		"no role":      {func(s *scene) { s.server.Revoke(person, creator, account) }, Error, "impersonate " + account, []string{creator}},
		"account gone": {func(s *scene) { s.server.ServiceAccount(account).Delete() }, Error, "impersonate " + account, nil},
		"source alone": {func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam": {"source": "file:" + file(s)}})
		}, OK, "token by default", []string{"the source identity itself"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.home.Write(t, file(s), s.server.UserADC(person))
			s.config(nil, map[string]testenv.Section{"iam": {"serviceAccount": account, "endpoint": s.server.Endpoint(), "source": "file:" + file(s)}})
			delete(s.home.Env, "GOOGLE_APPLICATION_CREDENTIALS")
			c.spoil(s)
			checks := s.run("")
			want(t, checks, c.result, c.check, c.words...)
			want(t, checks, OK, "configuration", "no host yet")
			if c.result == Error != failed(checks) {
				t.Errorf("failed is %v: %v", failed(checks), checks)
			}
		})
	}
}

// s0 is a part of every path of docker's file.
const s0 = "config.json"

// TestHopByHop finds the hop of a chain that is denied.
func TestHopByHop(t *testing.T) {
	s := newScene(t)
	s.server.ServiceAccount(delegate)
	s.server.Grant(person, creator, delegate)
	s.config(map[string]string{"gcr.io": "iam"}, map[string]testenv.Section{"iam": {"serviceAccount": account, "delegates": delegate, "endpoint": s.server.Endpoint()}})
	checks := s.run("")
	want(t, checks, OK, "impersonate "+delegate)
	want(t, checks, Error, "impersonate "+account, delegate)
	for _, f := range checks {
		if strings.Contains(f.Detail, `impersonate "`) {
			t.Errorf("what is tried is said twice: %s", f)
		}
	}
	want(t, checks, Skipped, "token gcr.io")
}

func TestGit(t *testing.T) {
	const url = "https://source.developers.google.com"
	ours := "[credential \"" + url + "\"]\n\thelper =\n\thelper = iam\n"
	for _, c := range []struct {
		name, git string
		result    Result
		words     []string
	}{
		{"well", "[credential]\n\thelper = store\n" + ours, OK, nil},
		{"no reset", "[credential]\n\thelper = cache\n[credential \"" + url + "\"]\n\thelper = iam\n", Warning, []string{"cache", "configure --git " + url}},
		{"no reset before a file", "[credential]\n\thelper = store\n[credential \"" + url + "\"]\n\thelper = iam\n", Error, []string{"store", "configure --git " + url}},
		{"storing helper behind", ours + "[credential]\n\thelper = store\n", Error, []string{`"store"`, ".gitconfig", "configure --git " + url}},
		{"forgotten again", ours + "[credential]\n\thelper =\n", Error, []string{"configure --git " + url}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			s.useGit(c.git)
			checks := s.run(url)
			want(t, checks, c.result, "git source.developers.google.com", c.words...)
		})
	}
}

func TestGitIDToken(t *testing.T) {
	const url = "https://git.example.com/team"
	s := newScene(t)
	s.useGit("[credential \"" + url + "\"]\n\thelper =\n\thelper = iam\n")
	s.config(nil, map[string]testenv.Section{"iam@git.example.com/team": {"token": "id", "serviceAccount": account, "endpoint": s.server.Endpoint()}})
	for _, c := range []struct {
		version string
		result  Result
		aspect  string
		words   []string
	}{
		{"2.45.1", Error, " version", []string{"2.46"}},
		{"2.46.0", Warning, " postBuffer", []string{"postBuffer", "configure --git " + url}},
		{"2.55.0", Warning, " proactiveAuth", []string{"proactiveAuth"}},
	} {
		real := s.path["git"]
		fake := filepath.Join(s.home.Dir, "git-"+c.version)
		s.write(fake, "#!/bin/sh\n[ \"$1\" = version ] && { echo git version "+c.version+"; exit; }\nexec "+real+" \"$@\"\n")
		if err := os.Chmod(fake, 0o700); err != nil {
			t.Fatal(err)
		}
		s.path["git"] = fake
		checks := s.run("")
		want(t, checks, c.result, "git git.example.com/team"+c.aspect, c.words...)
		if c.version == "2.55.0" {
			want(t, checks, Warning, "git git.example.com/team path", "useHttpPath")
			want(t, checks, OK, "token git.example.com/team", "id")
			for _, check := range checks {
				if strings.Contains(check.Detail, "postBuffer") {
					t.Errorf("git 2.55 needs no buffer: %s", check)
				}
			}
		}
		s.path["git"] = real
	}
}

// TestHangs ends in time when a server never answers.
func TestHangs(t *testing.T) {
	s := newScene(t)
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	s.Mint = func(ctx context.Context, _ helper.Target, _ keystore.Store) (helper.Token, error) {
		return helper.Token{}, hang(ctx)
	}
	s.Budget = 300 * time.Millisecond
	start := time.Now()
	checks, err := s.check(t.Context(), "")
	if took := time.Since(start); took > time.Minute || err != nil {
		t.Errorf("it took %s, %v", took, err)
	}
	want(t, checks, Skipped, "token europe-docker.pkg.dev")
}

// TestInterrupted is never well, and has reported what was known by then.
func TestInterrupted(t *testing.T) {
	s := newScene(t)
	ctx, interrupt := context.WithCancel(t.Context())
	var before, after []Finding
	s.Mint = func(ctx context.Context, _ helper.Target, _ keystore.Store) (helper.Token, error) {
		before = slices.Clone(after)
		interrupt()
		return helper.Token{}, ctx.Err()
	}
	err := Run(ctx, s.World, "", func(f Finding) { after = append(after, f) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	want(t, before, OK, "impersonate "+account)
	if len(after) != len(before) {
		t.Errorf("reported after the interrupt: %v", after[len(before):])
	}
}

// TestWidth has findings that fit a terminal, but for what is to be copied.
func TestWidth(t *testing.T) {
	long := "https://" + strings.Repeat("x", 100) + "/"
	f := finding(Warning, "git example.com", "run this "+long, "%s %s %s", strings.Repeat("words to be broken ", 20), long, "and the rest")
	lines := strings.Split(f.String(), "\n")
	for i, line := range lines[:len(lines)-1] {
		if len(line) > width && strings.TrimSpace(line) != long {
			t.Errorf("%d columns: %q", len(line), line)
		}
		if i > 0 && !strings.HasPrefix(line, indent) || i == 0 && !strings.HasPrefix(line, "warning  git example.com: ") {
			t.Errorf("line %d: %q", i, line)
		}
	}
	if last := lines[len(lines)-1]; last != indent+"run: "+f.Fix {
		t.Errorf("the fix is %q", last)
	}
	if strings.Join(strings.Fields(strings.Join(lines[:len(lines)-1], " ")), " ") != "warning "+f.Name+": "+strings.Join(strings.Fields(f.Detail), " ") {
		t.Errorf("words are lost: %q", lines)
	}
}

// TestDockerVersion says which clients hide what a helper says.
func TestDockerVersion(t *testing.T) {
	for said, c := range map[string]struct {
		result Result
		words  []string
	}{
		"Docker version 29.0.0, build x\n":             {OK, []string{"version 29.0"}},
		"Docker version 28.5.1, build x\n":             {Warning, []string{"docker pull hides"}},
		"Docker version 28.4.0, build x\n":             {Warning, []string{"docker push and pull hide"}},
		"Docker version 20.10.24+dfsg1, build 29712\n": {Warning, []string{"docker push and pull hide", "docker-credential-iam"}},
		"podman version 4.3.1\n":                       {OK, []string{"podman version 4.3.1"}},
	} {
		s := newScene(t)
		s.SayVersion = func(context.Context, string) (string, error) { return said, nil }
		want(t, s.run(""), c.result, "docker", c.words...)
	}
	s := newScene(t)
	s.SayVersion = func(context.Context, string) (string, error) { return "", errors.New("it does not run") }
	want(t, s.run(""), Error, "docker", "does not run")
}
