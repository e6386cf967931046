package iamtest

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// gitClient runs real git away from the person's configuration.
type gitClient struct {
	t    *testing.T
	dir  string
	env  []string
	base []string
}

func newGit(t *testing.T, s *Server) *gitClient {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed: ", err)
	}
	ca, err := s.CAFile()
	if err != nil {
		t.Fatal(err)
	}
	g := &gitClient{t: t, dir: t.TempDir()}
	g.env = append(isolated(), "HOME="+g.dir, "PATH="+os.Getenv("PATH"), "GIT_SSL_CAINFO="+ca,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	return g
}

// basic answers git's question as a credential helper would.
func (g *gitClient) basic(user, password string) *gitClient {
	c := *g
	c.env = append(c.env[:len(c.env):len(c.env)], "TEST_USER="+user, "TEST_PASSWORD="+password)
	c.base = []string{"-c", `credential.helper=!f() { echo "username=$TEST_USER"; echo "password=$TEST_PASSWORD"; }; f`}
	return &c
}

func (g *gitClient) header(value string) *gitClient {
	c := *g
	c.base = []string{"-c", "http.extraHeader=" + value}
	return &c
}

func (g *gitClient) run(args ...string) (string, error) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", append(append([]string{}, g.base...), args...)...)
	cmd.Dir, cmd.Env = g.dir, g.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// commit makes a repository "work" with one file of random bytes.
func (g *gitClient) commit(size int) {
	g.t.Helper()
	work := filepath.Join(g.dir, "work")
	content := make([]byte, size)
	_, _ = rand.Read(content)
	for _, step := range [][]string{
		{"init", "--quiet", "--initial-branch=main", work},
		{"-C", work, "add", "file"},
		{"-C", work, "commit", "--quiet", "-m", "one"},
	} {
		if step[0] == "-C" {
			if err := os.WriteFile(filepath.Join(work, "file"), content, 0o600); err != nil {
				g.t.Fatal(err)
			}
		}
		if out, err := g.run(step...); err != nil {
			g.t.Fatalf("git %v: %v: %s", step, err, out)
		}
	}
}

func newGitServer(t *testing.T, s *Server, opts GitOptions) *GitServer {
	t.Helper()
	opts.Dir = t.TempDir()
	g, err := NewGitServer(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, sa := range []string{target, second, stranger} {
		s.ServiceAccount(sa)
	}
	g.AllowWriter(target)
	g.AllowReader(second)
	return g
}

func TestGitAccessToken(t *testing.T) {
	for _, useTLS := range []bool{false, true} {
		s := newServer(t, Options{})
		client := newGit(t, s)
		client.commit(4 << 20) // above http.postBuffer: chunked
		server := newGitServer(t, s, GitOptions{TLS: useTLS})
		url := server.URL + "/team/app.git"
		as := client.basic(target, s.AccessToken(target, time.Hour))
		if out, err := as.run("-C", "work", "-c", "http.version=HTTP/1.1", "push", "--quiet", url, "main"); err != nil {
			t.Fatalf("push: %v: %s", err, out)
		}
		if out, err := client.basic(second, s.AccessToken(second, time.Hour)).run("clone", "--quiet", url, "copy"); err != nil {
			t.Fatalf("clone: %v: %s", err, out)
		}
		one, err1 := os.ReadFile(filepath.Join(client.dir, "work", "file"))
		two, err2 := os.ReadFile(filepath.Join(client.dir, "copy", "file"))
		if err1 != nil || err2 != nil || string(one) != string(two) {
			t.Error("the clone differs from what was pushed")
		}
		var chunked bool
		for _, r := range server.Requests() {
			if r.Kind == "Basic" && r.User != r.Principal {
				t.Errorf("request %+v", r)
			}
			chunked = chunked || r.Chunked && r.Bytes > 4<<20
		}
		if !chunked {
			t.Errorf("no chunked push was seen: %+v", server.Requests())
		}
		if first := server.Requests()[0]; first.Status != 401 || first.Service != "git-receive-pack" || first.Kind != "" {
			t.Errorf("first request %+v", first)
		}
		if _, err := os.Stat(filepath.Join(server.Repository("team/app.git"), "HEAD")); err != nil {
			t.Error(err)
		}
	}
}

func TestGitRefusals(t *testing.T) {
	s := newServer(t, Options{})
	client := newGit(t, s)
	client.commit(10)
	server := newGitServer(t, s, GitOptions{Users: []string{"git-service-account"}})
	other := newServer(t, Options{})
	other.ServiceAccount(target)
	push := func(user, password, path string) error {
		_, err := client.basic(user, password).run("-C", "work", "push", server.URL+path, "main")
		return err
	}
	good := s.AccessToken(target, time.Hour)
	for name, err := range map[string]error{
		"wrong user":   push("alice", good, "/a.git"),
		"expired":      push("git-service-account", s.AccessToken(target, -time.Second), "/a.git"),
		"foreign":      push("git-service-account", other.AccessToken(target, time.Hour), "/a.git"),
		"reader":       push("git-service-account", s.AccessToken(second, time.Hour), "/a.git"),
		"stranger":     push("git-service-account", s.AccessToken(stranger, time.Hour), "/a.git"),
		"narrow scope": push("git-service-account", s.AccessToken(target, time.Hour, ScopeStorageWrite), "/a.git"),
		"ID token":     push("git-service-account", s.IDToken(target, server.URL), "/a.git"),
		"outside":      push("git-service-account", good, "/%2e%2e/a.git"),
		"hidden":       push("git-service-account", good, "/.a.git"),
	} {
		if err == nil {
			t.Errorf("%s: pushed", name)
		}
	}
	if entries, err := os.ReadDir(server.opts.Dir); err != nil || len(entries) != 0 {
		t.Errorf("a refused push left %v", entries)
	}
	if err := push("git-service-account", good, "/a.git"); err != nil {
		t.Errorf("good: %v", err)
	}
}

func TestGitBearer(t *testing.T) {
	const audience = "1234.apps.googleusercontent.com"
	tests := []struct {
		name      string
		login     GitLogin
		without   int // status without a token
		takesJWT  bool
		byHeaders []string
	}{
		{"cloud run", GitCloudRun, 403, false, []string{"Authorization", serverlessHeader}},
		{"challenge", GitBearer, 401, false, []string{"Authorization"}},
		{"iap", GitIAP, 302, true, []string{"Authorization", "Proxy-Authorization"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, Options{})
			client := newGit(t, s)
			client.commit(2 << 20)
			server := newGitServer(t, s, GitOptions{Login: tt.login, Audience: audience})
			refs := server.URL + "/app.git/info/refs?service=git-receive-pack"
			a := get(t, s, refs)
			if a.status != tt.without {
				t.Errorf("without a token: %d, want %d", a.status, tt.without)
			}
			if loc := a.header.Get("Location"); tt.without == 302 && get(t, s, loc).status != 200 {
				t.Errorf("sign-in page %q", loc)
			}
			good := s.IDToken(target, audience)
			for _, header := range tt.byHeaders {
				if out, err := client.header(header+": Bearer "+good).run("-C", "work", "push", "--force", server.URL+"/app.git", "main"); err != nil {
					t.Errorf("by %s: %v: %s", header, err, out)
				}
			}
			now := s.Now()
			signed := signJWT(s.account(target, serviceAccount).Key(), Claims{
				"iss": target, "sub": target, "aud": server.URL + "/*", "iat": now.Unix(), "exp": now.Unix() + 600,
			})
			jwtStatus := 401
			if tt.takesJWT {
				jwtStatus = 200
			}
			unverified := s.idClaims(s.ServiceAccount(target), audience, true, false)
			unverified["email_verified"] = false
			for name, c := range map[string]struct {
				value string
				want  int
			}{
				"signed by the account": {"Bearer " + signed, jwtStatus},
				"another audience":      {"Bearer " + s.IDToken(target, "other"), 401},
				"tampered":              {"Bearer " + tamper(good).(string), 401},
				"access token":          {"Bearer " + s.AccessToken(target, time.Hour), 401},
				"as Basic":              {"Basic " + good, 401},
				"reader":                {"Bearer " + s.IDToken(second, audience), 403},
				"stranger":              {"Bearer " + s.IDToken(stranger, audience), 403},
				"unverified e-mail":     {"Bearer " + signJWT(s.google(), unverified), 401},
				"no e-mail":             {"Bearer " + signJWT(s.google(), s.idClaims(s.ServiceAccount(target), audience, false, false)), 401},
			} {
				if a := get(t, s, refs, "Authorization", c.value); a.status != c.want {
					t.Errorf("%s: %d, want %d", name, a.status, c.want)
				}
			}
			s.SetSkew(2 * time.Hour)
			if a := get(t, s, refs, "Authorization", "Bearer "+good); a.status != 401 {
				t.Errorf("expired: %d", a.status)
			}
		})
	}
}

func TestGitIDPassword(t *testing.T) {
	s := newServer(t, Options{})
	client := newGit(t, s)
	client.commit(10)
	server := newGitServer(t, s, GitOptions{Login: GitIDPassword})
	push := func(password string) error {
		_, err := client.basic("oauth2", password).run("-C", "work", "push", server.URL+"/app.git", "main")
		return err
	}
	if push(s.AccessToken(target, time.Hour)) == nil || push(s.IDToken(target, "other")) == nil {
		t.Error("pushed with a wrong password")
	}
	if err := push(s.IDToken(target, server.URL)); err != nil {
		t.Error(err)
	}
}

// TestGitKeepsSecretsOut looks at what the CGI child can see.
func TestGitKeepsSecretsOut(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("the spy is a shell script: ", err)
	}
	s := newServer(t, Options{})
	newGit(t, s)
	server := newGitServer(t, s, GitOptions{})
	seen := filepath.Join(t.TempDir(), "env")
	spy := filepath.Join(t.TempDir(), "git")
	script := "#!/bin/sh\n[ \"$1\" = init ] && exec git \"$@\"\nenv > '" + seen + "'\nprintf 'Status: 200\\r\\n\\r\\n'\n"
	if err := os.WriteFile(spy, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	server.git = spy
	token := s.AccessToken(target, time.Hour)
	r := get(t, s, server.URL+"/app.git/info/refs?service=git-upload-pack", "Authorization", basicHeader("u", token),
		"Git-Protocol", "version=2")
	env, err := os.ReadFile(seen)
	if err != nil || r.status != 200 {
		t.Fatal(err, r.status)
	}
	if strings.Contains(string(env), "HTTP_AUTHORIZATION") || !strings.Contains(string(env), "REMOTE_USER="+target) ||
		!strings.Contains(string(env), "GIT_PROTOCOL=version=2") {
		t.Errorf("environment:\n%s", env)
	}
}
