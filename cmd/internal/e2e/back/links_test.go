package back

import (
	"os"
	"runtime"
	"testing"
)

const (
	dockerText = "{\n  \"auths\": {},\n  \"credHelpers\": { \"gcr.io\": \"gcloud\" }\n}"
	gitText    = "[user]\n\tname = N # mine"
)

// TestPlaces has the files where managers of dotfiles, older systems and git's manual
// put them. Links stay, what they lead to is edited, and modes are kept.
func TestPlaces(t *testing.T) {
	for name, place := range map[string]func(p *person){
		"links into another folder": func(p *person) {
			p.Write(p.t, "dots/docker.json", []byte(dockerText))
			p.Write(p.t, "dots/git", []byte(gitText))
			p.link(p.Path("dots/docker.json"), ".docker/config.json")
			p.link("dots/git", ".gitconfig")
		},
		"links to links": func(p *person) {
			p.Write(p.t, "dots/host/docker.json", []byte(dockerText))
			p.Write(p.t, "dots/host/git", []byte(gitText))
			p.link("host/docker.json", "dots/docker")
			p.link("host/git", "dots/git")
			p.link("../dots/docker", ".docker/config.json")
			p.link("dots/git", ".gitconfig")
		},
		"a folder that is a link": func(p *person) {
			p.Write(p.t, "dots/docker/config.json", []byte(dockerText))
			p.Write(p.t, "dots/git/config", []byte(gitText))
			p.link("dots/docker", ".docker")
			p.link("../dots/git", ".config/git")
		},
		"dangling links": func(p *person) {
			p.link("../dots/docker.json", ".docker/config.json")
			p.link("dots/deep/git", ".gitconfig")
		},
		"git's other file": func(p *person) {
			p.Write(p.t, ".config/git/config", []byte(gitText))
		},
		"both files of git's": func(p *person) {
			p.Write(p.t, ".config/git/config", []byte(gitText))
			p.Write(p.t, ".gitconfig", nil)
		},
		"modes": func(p *person) {
			p.Write(p.t, ".docker/config.json", []byte(dockerText))
			p.Write(p.t, ".gitconfig", []byte(gitText))
			p.mode(".docker/config.json", 0o640)
			p.mode(".gitconfig", 0o400)
		},
		"an included file": func(p *person) {
			p.Write(p.t, ".gitconfig", []byte("[include]\n\tpath = more\n[user]\n\tname = N\n[include]\n\tpath = more"))
			p.Write(p.t, "more", []byte("[credential]\n\thelper =\n\thelper = cache\n[credential \""+server+"\"]\n\thelper = gcloud.sh\n"))
		},
		"a file that is included if": func(p *person) {
			p.Write(p.t, ".gitconfig", []byte("[includeIf \"gitdir:~/\"]\n\tpath = more\n"))
			p.Write(p.t, "more", []byte("[credential]\n\thelper = cache\n"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("links and modes are Unix's")
			}
			t.Parallel()
			p := newPerson(t)
			place(p)
			p.thereAndBack()
		})
	}
}

// TestOthersSince has somebody else change the files after configure: what they wrote is
// kept, and what configure replaced comes back even so.
func TestOthersSince(t *testing.T) {
	p := newPerson(t)
	p.Write(t, ".docker/config.json", []byte(`{"credHelpers":{"gcr.io":"gcloud","europe-docker.pkg.dev":"gcloud"},"plugins":{"iam@gcr.io":{"serviceAccount":"mine@p.iam.gserviceaccount.com"}}}`))
	p.Write(t, ".gitconfig", []byte("[credential \""+server+"\"]\n\thelper = gcloud.sh\n[http \""+own+"\"]\n\tpostBuffer = 1m\n"))
	p.configure("--force")
	// As docker login does: the file is rewritten, and one more helper is there.
	p.Write(t, ".docker/config.json", []byte(`{
	"auths": {
		"ghcr.io": {}
	},
	"credHelpers": {
		"europe-docker.pkg.dev": "theirs",
		"gcr.io": "iam",
		"quay.io": "pass"
	},
	"plugins": {
		"iam@europe-docker.pkg.dev": {
			"serviceAccount": "`+account+`"
		},
		"iam@gcr.io": {
			"serviceAccount": "`+account+`",
			"token": "id"
		},
		"iam@git.example.com/team": {
			"serviceAccount": "`+account+`",
			"token": "id"
		}
	}
}`))
	p.Must(t, p.Dir, nil, "git", "config", "--global", "user.name", "M")
	p.Must(t, p.Dir, nil, "git", "config", "--global", "http."+own+".sslVerify", "true")
	p.must("unconfigure")
	want := map[string]string{
		p.docker(): `{
	"auths": {
		"ghcr.io": {}
	},
	"credHelpers": {
		"europe-docker.pkg.dev": "theirs",
		"gcr.io": "gcloud",
		"quay.io": "pass"
	},
	"plugins": {
		"iam@gcr.io": {
			"serviceAccount": "mine@p.iam.gserviceaccount.com"
		}
	}
}`,
		p.git(): "[credential \"" + server + "\"]\n\thelper = gcloud.sh\n[http \"" + own + "\"]\n\tpostBuffer = 1m\n" +
			"[http \"" + own + "\"]\n\tsslVerify = true\n[user]\n\tname = M\n",
	}
	for path, text := range want {
		if raw, err := os.ReadFile(path); err != nil || string(raw) != text {
			t.Errorf("%s: %v\n%s\nwant\n%s", path, err, raw, text)
		}
	}
	before := p.snapshot()
	p.must("unconfigure")
	p.same("a second time", before)
}

// TestOthersBetween has somebody else change the files between two runs of configure:
// all of what both did is undone, and what the other wrote stays.
func TestOthersBetween(t *testing.T) {
	p := newPerson(t)
	p.Write(t, ".docker/config.json", []byte("{\n\t\"credHelpers\": {\n\t\t\"europe-docker.pkg.dev\": \"gcloud\"\n\t}\n}"))
	p.Write(t, ".gitconfig", []byte("[user]\n\tname = N\n"))
	p.must("configure", "--no-check", "--service-account", account, "--docker", registry, "--git", server, "--force")
	for path, added := range map[string][2]string{
		p.docker(): {"\n}", ",\n\t\"detachKeys\": \"ctrl-e\"\n}"}, p.git(): {"", "[core]\n\teditor = vi\n"},
	} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p.Write(t, path, append(raw[:len(raw)-len(added[0])], added[1]...))
	}
	p.must("configure", "--no-check", "--service-account", account, "--docker", second, "--git", own, "--token", "id")
	p.must("unconfigure")
	for path, text := range map[string]string{
		p.docker(): "{\n\t\"credHelpers\": {\n\t\t\"europe-docker.pkg.dev\": \"gcloud\"\n\t},\n\t\"detachKeys\": \"ctrl-e\"\n}",
		p.git():    "[user]\n\tname = N\n[core]\n\teditor = vi\n",
	} {
		if raw, err := os.ReadFile(path); err != nil || string(raw) != text {
			t.Errorf("%s: %v\n%s\nwant\n%s", path, err, raw, text)
		}
	}
}

// TestHandWritten has what a person wrote by hand in the form that configure has: it is
// not configure's to take back, once configure has seen it, and comes back where
// configure replaced it.
func TestHandWritten(t *testing.T) {
	p := newPerson(t)
	p.Write(t, ".docker/config.json", []byte(`{"plugins":{"iam":{"serviceAccount":"mine@p.iam.gserviceaccount.com"}}}`))
	before := p.snapshot()
	p.must("configure", "--no-check", "--service-account", account)
	p.must("unconfigure")
	p.must("unconfigure")
	p.same("replaced and brought back", before)
}

// TestNoRecord has a home that cannot be written, as a service or a container has: docker
// is configured even so, and the person is told that there is no record.
func TestNoRecord(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no folder that nobody can write")
	}
	p := newPerson(t)
	p.Env["XDG_STATE_HOME"] = "/proc/none"
	if said := p.must("configure", "--no-check", "--service-account", account, "--docker", registry); !contains(said, "unconfigure cannot bring it back", "/proc") {
		t.Errorf("it says %s", said)
	}
	p.must("unconfigure")
	if _, err := os.Stat(p.docker()); !os.IsNotExist(err) {
		t.Errorf("docker's file is left: %v", err)
	}
}

// TestRelinked has a manager of dotfiles take the files over after configure, and give
// them back: they are known by their names.
func TestRelinked(t *testing.T) {
	p := newPerson(t)
	p.Write(t, ".docker/config.json", []byte(dockerText))
	p.Write(t, ".gitconfig", []byte(gitText))
	p.configure("--force")
	for name, to := range map[string]string{".docker/config.json": "dots-docker", ".gitconfig": "dots-git"} {
		if err := os.Rename(p.Path(name), p.Path(to)); err != nil {
			t.Fatal(err)
		}
		p.link(p.Path(to), name)
	}
	p.must("unconfigure")
	for name, want := range map[string]string{"dots-docker": dockerText, "dots-git": gitText} {
		if raw, err := os.ReadFile(p.Path(name)); err != nil || string(raw) != want {
			t.Errorf("%s: %q, %v", name, raw, err)
		}
	}
}

// TestUnconfigureIsAllOrNone has a lock that a killed git left: docker's file stays
// configured, too.
func TestUnconfigureIsAllOrNone(t *testing.T) {
	p := newPerson(t)
	before := p.snapshot()
	p.configure()
	p.Write(t, ".gitconfig.lock", nil)
	configured := p.snapshot()
	if code, said := p.run("unconfigure"); code != 1 || !contains(said, "; run: rm "+p.Path(".gitconfig.lock")) {
		t.Errorf("exit %d: %s", code, said)
	}
	p.same("failed", configured)
	if err := os.Remove(p.Path(".gitconfig.lock")); err != nil {
		t.Fatal(err)
	}
	p.must("unconfigure")
	p.same("unconfigured", before)
}
