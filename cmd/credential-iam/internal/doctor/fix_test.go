package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// TestFixes has each finding with the command that fixes it.
func TestFixes(t *testing.T) {
	edit := func(s *scene) string { return "${EDITOR:-vi} " + config.Path(s.Env) }
	const tmpfs = "credential-iam configure --set keystore=tmpfs"
	says := func(command string) func(*scene) string { return func(*scene) string { return command } }
	keystoreIs := func(s *scene, name, configured string, choice keystore.Choice) {
		s.write(config.Path(s.Env), `{"credHelpers":{"gcr.io":"iam"},"plugins":{"iam":{"keystore":"`+configured+`","endpoint":"`+s.server.Endpoint()+`"}}}`)
		choice.Store = s.store
		if name == "none" {
			choice.Store, _ = keystore.Open(context.Background(), "none", keystore.Options{})
		}
		s.Keystore = func(context.Context, string) (keystore.Choice, error) { return choice, nil }
	}
	for _, c := range []struct {
		name   string
		spoil  func(s *scene)
		only   string
		result Result
		check  string
		fix    func(s *scene) string
	}{
		{"token not stated", func(s *scene) {
			s.config(map[string]string{"r.example.com": "iam"}, map[string]testenv.Section{"iam@r.example.com": {"serviceAccount": account}})
		}, "", Error, "identity r.example.com", says("credential-iam configure --docker r.example.com --token id")},
		{"token not stated for a repository", func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam@git.example.com/team": {"serviceAccount": account}})
		}, "", Error, "identity git.example.com/team", says("credential-iam configure --git https://git.example.com/team --token id")},
		{"token not stated for a wildcard", func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam@*.example.com": {"serviceAccount": account}})
		}, "", Error, "identity *.example.com", edit},
		{"token not stated, beside another mistake", func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam@r.example.com": {"serviceAccount": account}, "iam@gcr.io": {"lifetme": "1h"}})
		}, "", Error, "identity r.example.com", says("credential-iam configure --docker r.example.com --token id")},
		{"foreign host", nil, "r.example.com", Error, "identity r.example.com", says("credential-iam configure --docker r.example.com --token id")},
		{"misspelled registry", nil, "us-docker.pkg.de", Warning, "configuration", says("credential-iam configure --docker us-docker.pkg.dev")},
		{"misspelled registry, for the identity", nil, "us-docker.pkg.de", Error, "identity us-docker.pkg.de", says("credential-iam configure --docker us-docker.pkg.dev")},
		{"misspelled, of one that is configured", nil, "europe-docker.pkg.de", Warning, "configuration", says("credential-iam doctor --host europe-docker.pkg.dev")},
		{"misspelled own host", func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam@r.example.com": {"token": "jwt", "endpoint": s.server.Endpoint()}})
		}, "r.exmple.com", Error, "identity r.exmple.com", says("credential-iam doctor --host r.example.com")},
		{"misspelled location", nil, "su-docker.pkg.dev", Warning, "configuration", says("credential-iam configure --docker us-docker.pkg.dev")},
		{"misspelled location, said", nil, "su-docker.pkg.dev", Warning, "location su-docker.pkg.dev", says("credential-iam configure --docker us-docker.pkg.dev")},
		{"misspelled location of one that is configured", nil, "eurpe-docker.pkg.dev", Warning, "location eurpe-docker.pkg.dev", says("credential-iam doctor --host europe-docker.pkg.dev")},
		{"misspelled location without an account", func(s *scene) { s.config(nil, nil) }, "eurpe-docker.pkg.dev",
			Error, "identity eurpe-docker.pkg.dev", says("credential-iam configure --service-account EMAIL --docker europe-docker.pkg.dev")},
		{"misspelled location that is configured", func(s *scene) { s.config(map[string]string{"eurpe-docker.pkg.dev": "iam"}, nil) }, "",
			Warning, "location eurpe-docker.pkg.dev", says("credential-iam unconfigure eurpe-docker.pkg.dev --force && credential-iam configure --service-account EMAIL --docker europe-docker.pkg.dev")},
		{"misspelled git host", nil, "https://source.developers.gogle.com/p/x/r/y", Warning, "configuration", says("credential-iam configure --git https://source.developers.google.com/p/x/r/y")},
		{"git's host", nil, "source.developers.google.com", Warning, "configuration", says("credential-iam configure --git https://source.developers.google.com")},
		{"git's foreign host", nil, "https://git.example.com/team", Warning, "configuration", says("credential-iam configure --git https://git.example.com/team --token id")},
		{"docker's host", nil, "gcr.io", Warning, "configuration", says("credential-iam configure --docker gcr.io")},
		{"stated", func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam@r.example.com": {"token": "jwt", "endpoint": s.server.Endpoint()}})
		}, "", Warning, "host r.example.com", says("credential-iam configure --service-account EMAIL --docker r.example.com")},
		{"stated by a wildcard", func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam@*.example.com": {"token": "jwt", "endpoint": s.server.Endpoint()}})
		}, "r.example.com", Warning, "configuration", says("credential-iam configure --service-account EMAIL --docker r.example.com --token jwt")},
		{"answered by another helper", func(s *scene) {
			s.config(map[string]string{"r.example.com": "pass"}, map[string]testenv.Section{"iam@r.example.com": {"serviceAccount": account}})
		}, "", Warning, "docker r.example.com", says("credential-iam configure --docker r.example.com --token id --force")},
		{"Docker Hub with an entry", func(s *scene) { s.config(map[string]string{"docker.io": "iam"}, nil) }, "",
			Error, "identity docker.io", says("credential-iam unconfigure docker.io --force")},
		{"Docker Hub with a section", func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam@docker.io": {"token": "id", "endpoint": s.server.Endpoint()}})
		}, "docker.io", Warning, "configuration", says("credential-iam unconfigure docker.io --force")},
		{"Docker Hub, token not stated", func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam@docker.io": {"serviceAccount": account}})
		}, "docker.io", Error, "identity docker.io", says("credential-iam unconfigure docker.io --force")},
		{"spelling of Docker Hub", func(s *scene) { s.config(map[string]string{"https://index.docker.io/v1/": "iam"}, nil) }, "",
			Error, "credHelpers https://index.docker.io/v1/", says("credential-iam unconfigure index.docker.io --force")},
		{"source of a wildcard's section", func(s *scene) {
			s.config(nil, map[string]testenv.Section{"iam@*.example.com": {"token": "id", "source": "file:/nowhere"}})
		}, "r.example.com", Error, "source", edit},
		{"source of the environment", func(s *scene) { s.home.Env["GOOGLE_APPLICATION_CREDENTIALS"] = "/nowhere" }, "",
			Error, "source", says("unset GOOGLE_APPLICATION_CREDENTIALS")},
		{"spelling of a foreign host", func(s *scene) { s.config(map[string]string{"https://r.example.com/": "iam"}, nil) }, "",
			Warning, "credHelpers https://r.example.com/", says("credential-iam configure --service-account EMAIL --docker r.example.com --token id")},
		{"spelling twice", func(s *scene) { s.config(map[string]string{"https://gcr.io/": "iam", "gcr.io": "iam"}, nil) }, "",
			Warning, "credHelpers https://gcr.io/", says("credential-iam configure --service-account EMAIL --docker gcr.io")},
		{"another helper by another spelling", func(s *scene) {
			s.config(map[string]string{"https://gcr.io": "gcloud", "gcr.io": "iam", "https://us.gcr.io": "gcloud"}, nil)
		}, "", Warning, "credHelpers https://gcr.io", edit},
		{"keyring", func(s *scene) {
			s.config(map[string]string{"gcr.io": "iam"}, map[string]testenv.Section{"iam@gcr.io": {"source": "keyring:ci"}})
			s.Identities = locked{}
		}, "", Error, "source", edit},
		{"kernel in a container", func(s *scene) {
			keystoreIs(s, "memory", "kernel", keystore.Choice{Why: "asked for", Warning: "this is a container (x): ..."})
		}, "", Warning, "keystore", edit},
		{"none asked for", func(s *scene) { keystoreIs(s, "none", "none", keystore.Choice{Why: "asked for"}) }, "", Warning, "keystore", edit},
		{"none to have", func(s *scene) { keystoreIs(s, "none", "auto", keystore.Choice{Why: "kernel: add_key is denied here"}) }, "", Warning, "keystore", says(tmpfs)},
		{"none to have for a host", func(s *scene) {
			keystoreIs(s, "none", "auto", keystore.Choice{Why: "kernel: add_key is denied here"})
			s.config(map[string]string{"gcr.io": "iam"}, map[string]testenv.Section{"iam@gcr.io": {"keystore": "auto"}})
		}, "", Warning, "keystore", edit},
		{"no session", func(s *scene) {
			keystoreIs(s, "none", "auto", keystore.Choice{Why: "x", Passed: keystore.ErrNoSession})
		}, "", Warning, "keystore", says(tmpfs)},
		{"no session, in words alone", func(s *scene) {
			keystoreIs(s, "none", "auto", keystore.Choice{Why: "keyring: no session keyring daemon"})
		}, "", Warning, "keystore", says(tmpfs)},
		{"locked, and nothing else", func(s *scene) {
			keystoreIs(s, "none", "auto", keystore.Choice{Why: "keyring: locked", Passed: keystoretest.NewFixable(keystore.ErrLocked)})
		}, "", Warning, "keystore", says("open sesame")},
		{"locked", func(s *scene) {
			keystoreIs(s, "none", "keyring", keystore.Choice{})
			s.Keystore = func(context.Context, string) (keystore.Choice, error) {
				return keystore.Choice{}, keystoretest.NewFixable(keystore.ErrLocked)
			}
		}, "", Warning, "keystore", says("open sesame")},
		{"no default keychain", func(s *scene) {
			keystoreIs(s, "none", "keyring", keystore.Choice{})
			s.Keystore = func(context.Context, string) (keystore.Choice, error) {
				return keystore.Choice{}, keystoretest.NewFixable(keystore.ErrUnavailable)
			}
		}, "", Warning, "keystore", says("open sesame")},
		{"no better one", func(s *scene) {
			s.Mint = func(context.Context, helper.Target, keystore.Store) (helper.Token, error) {
				return helper.Token{}, &helper.Error{Op: "mint", Reason: "it rains"}
			}
		}, "", Error, "token europe-docker.pkg.dev", says("")},
		{"macOS without a git", func(s *scene) {
			s.noGit("xcode-select: note: No developer tools were found, requesting install.")
		}, "", Error, "git", says("xcode-select --install")},
		{"macOS after an upgrade", func(s *scene) {
			s.noGit("xcrun: error: invalid active developer path (/Library/Developer/CommandLineTools), missing xcrun at: /x")
		}, "", Error, "git", says("xcode-select --install")},
		{"macOS with a licence to agree to", func(s *scene) {
			s.noGit("You have not agreed to the Xcode license agreements. Please run 'sudo xcodebuild -license' from within a Terminal window.")
		}, "", Error, "git", says("sudo xcodebuild -license")},
		{"git's file", func(s *scene) { s.useGit("[user\n") }, "", Error, "git",
			func(s *scene) string { return "${EDITOR:-vi} " + filepath.Join(s.home.Dir, ".gitconfig") }},
		{"git's included file", func(s *scene) {
			s.useGit("[include]\n\tpath = ~/more\n")
			s.write(filepath.Join(s.home.Dir, "more"), "[user\n")
		}, "", Error, "git", func(s *scene) string { return "${EDITOR:-vi} " + filepath.Join(s.home.Dir, "more") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			if c.spoil != nil {
				c.spoil(s)
			}
			checks := s.run(c.only)
			for _, got := range checks {
				if got.Name == c.check && got.Result == c.result {
					if want := c.fix(s); got.Fix != want {
						t.Errorf("run %q, want %q: %s", got.Fix, want, got.Detail)
					}
					return
				}
			}
			t.Errorf("no %s %s: %v", c.result, c.check, checks)
		})
	}
}

// noGit has a program git that runs none, and says why.
func (s *scene) noGit(why string) {
	path := s.home.Path("git")
	s.write(path, "#!/bin/sh\ncat >&2 <<'SAYS'\n"+why+"\nSAYS\nexit 1\n")
	envtest.Check(s.t, os.Chmod(path, 0o700))
	s.path["git"] = path
}

// locked is a keyring that cannot be read.
type locked struct{}

func (locked) Get(context.Context, string) (keystore.Secret, error) {
	return keystore.Secret{}, errors.New("keystore unavailable: there is no D-Bus session bus")
}

// TestFallback is docker's credsStore without a fallback that works.
func TestFallback(t *testing.T) {
	for _, c := range []struct {
		name, fallback string
		result         Result
		word           string
	}{
		{"none", "", Warning, "docker login"},
		{"missing", `"fallback":"nowhere",`, Error, "docker-credential-nowhere"},
		{"ourselves", `"fallback":"alias",`, Error, "/ours, "},
		{"well", `"fallback":"pass",`, OK, "/pass "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			ours, pass := filepath.Join(s.home.Dir, "ours"), filepath.Join(s.home.Dir, "pass")
			s.write(ours, "#!/bin/sh\n")
			s.write(pass, "#!/bin/sh\n")
			s.path["docker-credential-iam"], s.path["docker-credential-alias"] = ours, ours
			s.path["docker-credential-pass"] = pass
			s.write(config.Path(s.Env), `{"credsStore":"iam","plugins":{"iam":{`+c.fallback+`"serviceAccount":"`+account+`"}}}`)
			checks := s.run("")
			fix := ""
			if c.result != OK {
				fix = "${EDITOR:-vi} " + config.Path(s.Env)
			}
			want(t, checks, c.result, "fallback", c.word, fix)
		})
	}
}

// TestDockerHub is a host that no identity of Google's is for: nothing is wrong with
// it, and there is nothing to configure.
func TestDockerHub(t *testing.T) {
	for _, host := range []string{"docker.io", "index.docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"} {
		s := newScene(t)
		checks := s.run(host)
		if failed(checks) {
			t.Errorf("%s: failed", host)
		}
		for _, c := range checks {
			if strings.Contains(c.Fix, "configure") {
				t.Errorf("%s: %s", host, c)
			}
		}
		name, _ := gitconfig.Host(host)
		want(t, checks, Skipped, "identity "+name)
	}
}

// TestToldOnce has a mistake that both readers of docker's file find.
func TestToldOnce(t *testing.T) {
	for text, times := range map[string]int{
		`{"plugins":{"iam":{"lifetime":3600}}}`:                  1,
		`{"plugins":{"iam@gcr.io":[]}}`:                          1,
		`{"plugins":{"other":{"x":1}}}`:                          1,
		`{"plugins":{"iam":{"lifetme":"1h"},"other":{"x":[1]}}}`: 2,
		`{"Plugins":{"iam":{"lifetime":3600}}}`:                  1,
		// Another's section by a name like ours, which nobody else tells.
		`{"proxies":{"x":{"plugins[\"iam\"]":5}}}`: 1,
		`{"plugins":{"iamb":{"lifetime":3600}}}`:   1,
	} {
		s := newScene(t)
		s.write(config.Path(s.Env), text)
		n := 0
		for _, c := range s.run("") {
			if (c.Name == "configuration" || strings.HasPrefix(c.Name, "section ")) && c.Result == Error {
				n++
			}
		}
		if n != times {
			t.Errorf("%s: told %d times, want %d", text, n, times)
		}
	}
}

// TestFindingIsSafe: what a file calls a thing is shown without what moves a terminal's
// cursor or begins another line, which would be taken for ours.
func TestFindingIsSafe(t *testing.T) {
	f := finding(Error, "cargo a\n  run: x\x1b[31m", "credential-iam configure --cargo a\n  run: x\x1b[31m", "b\x1b[31m")
	if strings.ContainsFunc(f.Name+f.Detail+f.Fix, unicode.IsControl) || strings.Count(f.String(), "\n") != 1 {
		t.Errorf("%q", f)
	}
}

// TestGitNotRegular has something in the place of git's file that is not opened.
func TestGitNotRegular(t *testing.T) {
	s := newScene(t)
	s.useGit("")
	path := filepath.Join(s.home.Dir, ".gitconfig")
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	want(t, s.run(""), Error, "git", files.ErrNotRegular.Error(), "mv "+path)
}

// TestConfigurationNotRegular has a folder in the place of docker's file, as a container
// engine makes one where a file that it mounts is missing: an editor does not open it.
func TestConfigurationNotRegular(t *testing.T) {
	s := newScene(t)
	path := filepath.Join(s.home.Dir, ".docker", "config.json")
	if err := errors.Join(os.RemoveAll(path), os.MkdirAll(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	want(t, s.run(""), Error, "configuration", "it is a folder", "rmdir "+path)
	if err := errors.Join(os.Remove(path), os.Symlink(path, path)); err != nil {
		t.Fatal(err)
	}
	want(t, s.run(""), Error, "configuration", "rm "+path)
	if os.Getuid() <= 0 {
		return // root reads every file, and on Windows a mode keeps nobody from it
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte("{}"), 0o200)); err != nil {
		t.Fatal(err)
	}
	want(t, s.run(""), Error, "configuration", "permission denied", "chmod u+r "+path)
	if err := os.Chmod(path, 0o600); err != nil { // the end of a test looks for secrets in it
		t.Fatal(err)
	}
}

// The entry of a netrc file that is for a host is named by its line, whatever its form.
func TestNetrcLine(t *testing.T) {
	const well = "machine other.example.com login x password machine\n\n# h.example.com\nmachine H.example.com\n\tlogin me\n\tpassword p\n"
	for _, c := range []struct {
		text    string
		at      int
		machine string
	}{
		{well, 4, "machine h.example.com"},
		{"machine h.example.com login x password y\n", 1, "machine h.example.com"},
		{"machine h.example.com login x\nmachine other.example.com password y\n", 0, ""},
		{"machine\nh.example.com\npassword p", 1, "machine h.example.com"},
		{"macdef init\nmachine h.example.com password y\n\nmachine a.example.com password h.example.com\ndefault login x password y\n", 5, "default"},
		{"machine h.example.com login default password y\n", 1, "machine h.example.com"},
		{"machine h.example.com login\nmachine password y\n", 1, "machine h.example.com"},
		{"machine h.example.com login password\n", 0, ""},
		{"", 0, ""},
	} {
		if at, machine := netrcLine(c.text, "h.example.com"); at != c.at || at > 0 && machine != c.machine {
			t.Errorf("%q: line %d, %q", c.text, at, machine)
		}
	}
}
