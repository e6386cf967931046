package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// gits are the folders of the gits to test with: this machine's, "", and unpacked
// ones of other ages.
func gits(t *testing.T) []string {
	t.Helper()
	parts.Program(t, "git")
	unpacked, err := filepath.Glob(filepath.Join("..", "..", "..", "..", ".tools", "git-*", "bin"))
	envtest.Check(t, err)
	dirs := []string{""}
	for _, dir := range unpacked {
		abs, err := filepath.Abs(dir)
		envtest.Check(t, err)
		dirs = append(dirs, abs)
	}
	return dirs
}

// gitMachine is a machine with a git server that lets deployer in, whose git is
// configured: $URL and $H are the server.
type gitMachine struct {
	*machine
	server *iamtest.GitServer
}

func newGitMachine(t *testing.T, git string) *gitMachine {
	t.Helper()
	var path []string
	if git != "" {
		path = []string{git}
	}
	m := newMachine(t, path...)
	g, err := iamtest.NewGitServer(m.google, iamtest.GitOptions{Dir: m.Folder(t, "git-"), TLS: true})
	envtest.Check(t, err)
	g.AllowWriter(testenv.Deployer)
	m.vars["URL"], m.vars["H"] = g.URL, g.Host
	m.vars["OURS"] = "[credential \"" + g.URL + "\"]\n\thelper =\n\thelper = iam\n"
	m.vars["WELL"] = `{"plugins":{"iam":{` + m.vars["SECTION"] + `},"iam@` + g.Host + `":{"token":"access"}}}`
	config, err := os.ReadFile(m.Path(".gitconfig"))
	envtest.Check(t, err)
	m.write(t, ".docker/config.json", "$WELL")
	m.addGit(t, "$OURS")
	m.Publish(t, g.URL+"/team/app")
	m.write(t, ".gitconfig", string(config))
	return &gitMachine{m, g}
}

// reads has git read the repository, and returns whom the server let in, or "".
func (m *gitMachine) reads(t *testing.T, url string) string {
	t.Helper()
	seen := len(m.server.Requests())
	_, _ = m.Try(m.dir, nil, "git", "ls-remote", "--quiet", m.expand(url))
	who := ""
	for _, r := range m.server.Requests()[seen:] {
		if r.Status == 200 {
			who = r.Principal
		}
	}
	return who
}

// forgetful wants git not to work as deployer before the fix, and to after it.
func (m *gitMachine) works(t *testing.T, want bool) {
	t.Helper()
	if who := m.reads(t, "$URL/team/app"); (who == testenv.Deployer) != want {
		t.Errorf("git reads as %q; as deployer is to be %v", who, want)
	}
}

// TestGit has git do something else than its configuration seems to say.
func TestGit(t *testing.T) {
	const ours = "$OURS"
	for _, c := range []broken{
		{name: "never configured", git: "", config: `{"plugins":{"iam":{$SECTION},"iam@$H/team":{"token":"access"}}}`,
			check: "git $H/team", result: "warning", fix: "configure --git $URL/team"},
		{name: "forgotten again", git: ours + "[credential]\n\thelper =\n",
			check: "git $H", result: "error", fix: "configure --git $URL"},
		{name: "forgotten in an included file", git: ours + "[include]\n\tpath = ~/more\n", files: map[string]string{"more": "[credential]\n\thelper =\n"},
			check: "git $H", result: "error", fix: "configure --git $URL"},
		{name: "forgotten in the repository", git: ours, spoil: func(t *testing.T, m *machine) {
			m.dir = m.Folder(t, "repository-")
			m.Must(t, m.dir, nil, "git", "init", "--quiet")
			m.Must(t, m.dir, nil, "git", "config", "credential.helper", "")
		}, check: "git $H", result: "error", fix: "git config --local --replace-all"},
		{name: "forgotten by the environment", git: ours, spoil: func(_ *testing.T, m *machine) {
			m.Env["GIT_CONFIG_COUNT"], m.Env["GIT_CONFIG_KEY_0"], m.Env["GIT_CONFIG_VALUE_0"] = "1", "credential.helper", ""
		}, check: "git $H", result: "error", fix: "unset GIT_CONFIG_COUNT"},
		{name: "a program that is not there", git: "[credential \"$URL\"]\n\thelper =\n\thelper = /nowhere/git-credential-iam\n",
			check: "git helper /nowhere/git-credential-iam", result: "error", fix: "configure --git $URL"},
		{name: "another helper for that very URL", git: "[credential \"$URL\"]\n\thelper =\n\thelper = !false\n\thelper = iam\n",
			check: "git $H", result: "error", fix: "--force"},
		{name: "HOME", git: ours, spoil: func(_ *testing.T, m *machine) { delete(m.Env, "HOME") },
			check: "HOME", result: "error", fix: "export HOME="},
		{name: "an Authorization for all hosts", git: ours + "[http]\n\textraHeader = \"authorization: Basic eDp5\"\n",
			check: "git $H extraHeader", result: "error", fix: "git config --global --add http.$URL.extraHeader"},
		{name: "an Authorization for the host", git: ours + "[http \"$URL/\"]\n\textraHeader = X-Other: 1\n\textraHeader = AUTHORIZATION: bearer secret\n",
			check: "git $H extraHeader", result: "error", fix: "git config --file $HOME/.gitconfig --unset-all"},
		{name: "an Authorization in the repository", git: ours, spoil: func(t *testing.T, m *machine) {
			m.dir = m.Folder(t, "repository-")
			m.Must(t, m.dir, nil, "git", "init", "--quiet")
			m.Must(t, m.dir, nil, "git", "config", "http."+m.vars["URL"]+".extraHeader", "Authorization: Basic eDp5")
		}, check: "git $H extraHeader", result: "error", fix: "git config --local --unset-all"},
		{name: "an Authorization of the environment", git: ours, spoil: func(_ *testing.T, m *machine) {
			m.Env["GIT_CONFIG_COUNT"], m.Env["GIT_CONFIG_KEY_0"], m.Env["GIT_CONFIG_VALUE_0"] = "1", "http.extraHeader", "Authorization: Basic eDp5"
		}, check: "git $H extraHeader", result: "error", fix: "unset GIT_CONFIG_COUNT"},
		{name: "an Authorization of a command line", git: ours, spoil: func(_ *testing.T, m *machine) {
			m.Env["GIT_CONFIG_PARAMETERS"] = "'http.extraheader=Authorization: Basic eDp5'"
		}, check: "git $H extraHeader", result: "error", fix: "unset GIT_CONFIG_PARAMETERS"},
		{name: "a password of the environment", git: ours, spoil: func(_ *testing.T, m *machine) {
			m.Env["GIT_CONFIG_COUNT"], m.Env["GIT_CONFIG_KEY_0"], m.Env["GIT_CONFIG_VALUE_0"] = "1", "url.https://me:geheim@"+m.vars["H"]+"/.insteadOf", m.vars["URL"]+"/"
		}, check: "git $H insteadOf", result: "error", fix: "unset GIT_CONFIG_COUNT"},
		{name: "a password for the host", git: ours + "[url \"https://me:geheim@$H/\"]\n\tinsteadOf = $URL/\n[url \"https://me@$H/\"]\n\tinsteadOf = x:\n",
			check: "git $H insteadOf", result: "error", fix: "--unset-all"},
		{name: "a password for a part of the host", git: ours + "[url \"https://me:geheim@$H/team/\"]\n\tinsteadOf = $URL/team/\n",
			check: "git $H insteadOf", result: "error", fix: "--unset-all"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newGitMachine(t, "")
			if c.config == "" {
				c.config = "$WELL"
			}
			c.before = func(t *testing.T, _ *machine) { m.works(t, c.name == "another helper for that very URL") }
			c.after = func(t *testing.T, _ *machine) { // with another git, too
				if strings.HasPrefix(c.fix, "unset") || strings.HasPrefix(c.fix, "export") { // in that shell
					for name := range m.Env {
						if strings.HasPrefix(name, "GIT_CONFIG_") && name != "GIT_CONFIG_NOSYSTEM" {
							delete(m.Env, name)
						}
					}
					m.Env["HOME"] = m.Dir
				}
				path := m.Env["PATH"]
				for _, git := range gits(t) {
					if m.Env["PATH"] = path; git != "" {
						m.Env["PATH"] = git + string(filepath.ListSeparator) + path
					}
					m.works(t, true)
				}
			}
			c.run(t, m.machine)
		})
	}
}

// TestGitKeeps has git pass our token to a helper that writes it to a file.
func TestGitKeeps(t *testing.T) {
	const ours = "[credential \"$URL\"]\n\thelper = iam\n"
	kept := func(t *testing.T, m *machine, want bool) {
		t.Helper()
		path := m.Path(".git-credentials")
		_ = os.Remove(path)
		url := m.expand("$URL/team/app")
		if want && strings.Contains(m.vars["REMOTE"], "@") || m.vars["REMOTE"] != "" {
			url = m.expand("$REMOTE/team/app")
		}
		m.Must(t, m.dir, nil, "git", "ls-remote", "--quiet", url)
		b, err := os.ReadFile(path)
		if got := err == nil && testenv.Leak(string(b), testenv.Marks) != ""; got != want {
			t.Errorf("the token is in %s: %v, want %v", path, got, want)
		}
		_ = os.Remove(path)
	}
	for _, c := range []broken{
		{name: "before", git: "[credential]\n\thelper = store\n" + ours, check: "git $H", result: "error", fix: "configure --git $URL"},
		{name: "after", git: "$OURS[credential]\n\thelper = store\n", check: "git $H", result: "error", fix: "configure --git $URL"},
		{name: "after, in an included file", git: "$OURS[include]\n\tpath = ~/more\n", files: map[string]string{"more": "[credential]\n\thelper = store\n"},
			check: "git $H", result: "error", fix: "configure --git $URL"},
		{name: "for that very URL", git: "$OURS\thelper = store\n", check: "git $H", result: "error", fix: "--force"},
		{name: "in the repository", git: "$OURS", spoil: func(t *testing.T, m *machine) {
			m.dir = m.Folder(t, "repository-")
			m.Must(t, m.dir, nil, "git", "init", "--quiet")
			m.Must(t, m.dir, nil, "git", "config", "credential.helper", "store")
		}, check: "git $H", result: "error", fix: "git config --local --replace-all"},
		{name: "for a user", git: "$OURS[credential \"https://bob@$H\"]\n\thelper = store\n", spoil: func(_ *testing.T, m *machine) {
			m.vars["REMOTE"] = "https://bob@" + m.vars["H"]
		}, check: "git bob@$H", result: "error", fix: "git config --file $HOME/.gitconfig --unset-all"},
		{name: "for a user, of the environment", git: "$OURS", spoil: func(_ *testing.T, m *machine) {
			m.vars["REMOTE"] = "https://bob@" + m.vars["H"]
			m.Env["GIT_CONFIG_COUNT"], m.Env["GIT_CONFIG_KEY_0"], m.Env["GIT_CONFIG_VALUE_0"] = "1", "credential."+m.vars["REMOTE"]+".helper", "store"
		}, check: "git bob@$H", result: "error", fix: "unset GIT_CONFIG_COUNT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newGitMachine(t, "")
			m.Spills = true
			c.config = "$WELL"
			c.before = func(t *testing.T, m *machine) { kept(t, m, true) }
			c.after = func(t *testing.T, m *machine) {
				if strings.HasPrefix(c.fix, "unset") { // in that shell
					delete(m.Env, "GIT_CONFIG_COUNT")
				}
				kept(t, m, false)
			}
			c.run(t, m.machine)
		})
	}
}

// TestGitNetrc has a login in ~/.netrc, which git uses before it runs a helper.
func TestGitNetrc(t *testing.T) {
	for _, git := range gits(t) {
		m := newGitMachine(t, git)
		c := broken{
			config: "$WELL", git: "$OURS", files: map[string]string{".netrc": "macdef x\nmachine 127.0.0.1\n\nmachine example.com login a password b\nmachine 127.0.0.1\n\tlogin me\n\tpassword $OTHER\n"},
			editor: `edit '/machine 127/,$d' "$1"`, check: "git $H netrc", result: "error",
			before: func(t *testing.T, _ *machine) {
				if who := m.reads(t, "$URL/team/app"); who != testenv.Auditor {
					t.Errorf("git reads as %q, want whom the file names", who)
				}
			},
			after: func(t *testing.T, _ *machine) { m.works(t, true) },
		}
		m.vars["OTHER"] = m.google.AccessToken(testenv.Auditor, time.Hour)
		m.server.AllowWriter(testenv.Auditor)
		m.Spills = true
		t.Run(filepath.Base(filepath.Dir(git)), func(t *testing.T) { c.run(t, m.machine) })
	}
}

// TestGitCookies has git send a cookie with each request.
func TestGitCookies(t *testing.T) {
	m := newGitMachine(t, "")
	broken{
		config: "$WELL", git: "$OURS[http]\n\tcookieFile = ~/.gitcookies\n",
		files: map[string]string{".gitcookies": "# comment\n127.0.0.1\tFALSE\t/\tTRUE\t2147483647\to\tgeheim\n"},
		check: "git $H cookieFile", result: "warning", fix: "git config --global http.$URL.cookieFile ''",
		after: func(t *testing.T, _ *machine) { m.works(t, true) },
	}.run(t, m.machine)
}

// TestGitSections is what is configured for git, and what git is not.
func TestGitSections(t *testing.T) {
	const id = `{"plugins":{"iam":{$SECTION},"iam@git.example.com/team":{"token":"id"}}}`
	paths := "[credential \"https://git.example.com/team\"]\n\thelper =\n\thelper = iam\n\tuseHttpPath = true\n"
	for _, c := range []broken{
		{name: "a host of git's alone", config: `{"plugins":{"iam":{$SECTION},"iam@source.developers.google.com":{"lifetime":"1800s"}}}`,
			check: "git source.developers.google.com", result: "warning", fix: "configure --git https://source.developers.google.com"},
		{name: "a pattern without a scheme", git: "[credential \"*.googlesource.com\"]\n\thelper = iam\n",
			check: "git *.googlesource.com", result: "error", fix: "configure --git 'https://*.googlesource.com'"},
		{name: "no paths", config: id, git: paths + "[credential]\n\tuseHttpPath = false\n[http]\n\tproactiveAuth = auto\n\tpostBuffer = 1g\n",
			check: "git git.example.com/team path", result: "warning", fix: "configure --git https://git.example.com/team"},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, newMachine(t)) })
	}
	t.Run("bearer", func(t *testing.T) {
		for _, git := range gits(t) {
			for _, c := range []broken{
				{name: "proactiveAuth is missing", git: paths, check: "git git.example.com/team proactiveAuth", result: "warning", fix: "configure --git https://git.example.com/team"},
				{name: "proactiveAuth is something else", git: paths + "[http \"https://git.example.com/team\"]\n\tproactiveAuth = none\n",
					check: "git git.example.com/team proactiveAuth", result: "warning", fix: "--force"},
				{name: "postBuffer is missing", git: paths, check: "git git.example.com/team postBuffer", result: "warning", fix: "configure --git https://git.example.com/team"},
				{name: "postBuffer is too small", git: paths + "[http \"https://git.example.com/team\"]\n\tpostBuffer = 2m\n",
					check: "git git.example.com/team postBuffer", result: "warning", fix: "--force"},
			} {
				t.Run(filepath.Base(filepath.Dir(git))+"/"+c.name, func(t *testing.T) {
					m := newMachine(t, git)
					var major, minor int
					if _, err := fmt.Sscanf(m.Must(t, m.Dir, nil, "git", "version"), "git version %d.%d", &major, &minor); err != nil {
						t.Fatal(err)
					}
					if minor < 46 && major == 2 || minor >= 54 && strings.Contains(c.check, "postBuffer") {
						t.Log("this git cannot, or need not")
						return
					}
					c.config = id
					c.run(t, m)
				})
			}
		}
	})
}
