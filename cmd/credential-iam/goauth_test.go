package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// goCredential reads the one credential set of an answer.
func goCredential(t *testing.T, out string) (prefix, scheme, value string) {
	t.Helper()
	parts := strings.Split(out, "\n")
	if len(parts) != 5 || parts[1] != "" || parts[3] != "" || parts[4] != "" || !strings.HasPrefix(parts[2], "Authorization: ") {
		t.Fatalf("not one credential set: %d lines", len(parts))
	}
	scheme, value, _ = strings.Cut(strings.TrimPrefix(parts[2], "Authorization: "), " ")
	if scheme == "Basic" {
		b, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			t.Fatal(err)
		}
		value = string(b)
	}
	return parts[0], scheme, value
}

func TestGoauthURL(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{
		"iam":                     {"serviceAccount": deployer},
		"iam@go.example.com":      {"token": "id"},
		"iam@two.example.com":     {"token": "access"},
		"iam@two.example.com/b":   {"serviceAccount": pusher},
		"iam@named.example.com":   {"token": "id", "username": "robot"},
		"iam@*.wild.example.com":  {"token": "access"},
		"iam@unsaid.example.com":  {"serviceAccount": pusher},
		"iam@127.0.0.1:8080":      {"token": "access"},
		"iam@port.example.com:99": {"token": "access"},
	})
	for _, c := range []struct{ url, prefix, scheme, user, account string }{
		{"https://europe-go.pkg.dev/proj/repo/m/@v/list", "https://europe-go.pkg.dev", "Basic", "oauth2accesstoken", deployer},
		{"https://go.example.com/x?go-get=1", "https://go.example.com", "Bearer", "", deployer},
		{"https://two.example.com/a?go-get=1", "https://two.example.com/a?go-get=1", "Basic", deployer, deployer},
		{"https://two.example.com/b/c?go-get=1", "https://two.example.com/b/c?go-get=1", "Basic", pusher, pusher},
		{"https://named.example.com/x", "https://named.example.com", "Basic", "robot", deployer},
		{"https://x.wild.example.com/x", "https://x.wild.example.com", "Basic", deployer, deployer},
		{"https://foo.googlesource.com/x", "https://foo.googlesource.com", "Basic", "git-service-account", deployer},
		{"https://127.0.0.1:8080/x", "https://127.0.0.1:8080", "Basic", deployer, deployer},
		{"https://port.example.com:99/x", "https://port.example.com:99", "Basic", deployer, deployer},
	} {
		r := w.run("HTTP/1.1 401 Unauthorized\nWww-Authenticate: Basic\n\n", "goauth", c.url)
		if r.code != 0 || r.stderr != "" {
			t.Errorf("%s: exit %d, stderr %q", c.url, r.code, r.stderr)
			continue
		}
		prefix, scheme, value := goCredential(t, r.stdout)
		if prefix != c.prefix || scheme != c.scheme {
			t.Errorf("%s: %q, %s; want %q, %s", c.url, prefix, scheme, c.prefix, c.scheme)
		}
		if user, token, ok := strings.Cut(value, ":"); ok && c.scheme == "Basic" {
			if user != c.user {
				t.Errorf("%s: user %q, want %q", c.url, user, c.user)
			}
			if strings.HasPrefix(token, "ya29.") {
				w.principal(token, c.account)
			}
		} else if _, err := w.server.VerifyIDToken(value, "https://"+strings.TrimPrefix(c.prefix, "https://")); err != nil {
			t.Errorf("%s: %v", c.url, err)
		}
	}
	w.server.ResetCalls()
	for _, url := range []string{
		"https://modules.example.com/x/@v/list", "http://europe-go.pkg.dev/x", "europe-go.pkg.dev/x", "https://europe-go.pkg.dev.example.com/",
		"https://europe-go.pkg.dev@example.com/x", "", "https://", "::", "https://a b/", "file:///x", "https://europe-go.pkg.dev./x",
		"https://europe-go.pkg.dev:8443/x", "HTTPS://europe-go.pkg.dev/x",
	} {
		if r := w.run("HTTP/1.1 404 Not Found\n\n", "goauth", url); r.code != 0 || r.stdout != "" || r.stderr != "" {
			t.Errorf("%q: exit %d, stderr %q, stdout of %d bytes; want silence", url, r.code, r.stderr, len(r.stdout))
		}
	}
	if line := w.fail(exitFailed, "", "goauth", "https://unsaid.example.com/x"); !strings.Contains(line, "token") {
		t.Errorf("consent: %q", line)
	}
	w.calls(0)
}

// The first call hands out what is cached, and never mints.
func TestGoauthKnown(t *testing.T) {
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	w.configure(map[string]section{
		"iam":                   {"serviceAccount": deployer},
		"iam@europe-go.pkg.dev": {"serviceAccount": pusher},
		"iam@two.example.com":   {"token": "access"},
		"iam@two.example.com/b": {"serviceAccount": pusher},
		"iam@id.example.com":    {"token": "id"},
		"iam@bad.example.com":   {"tokne": "id"},
	})
	if r := w.run("", "goauth"); r.code != 0 || r.stdout != "" || r.stderr != "" {
		t.Fatalf("exit %d, %d bytes, stderr %q; want silence", r.code, len(r.stdout), r.stderr)
	}
	w.calls(0)
	token := w.must("", "token", "--host", "europe-go.pkg.dev")
	w.must("", "token", "--host", "two.example.com")
	w.server.ResetCalls()
	prefix, _, value := goCredential(t, w.run("", "goauth").stdout)
	if prefix != "https://europe-go.pkg.dev" || value != "oauth2accesstoken:"+token {
		t.Errorf("announced %q", prefix)
	}
	w.calls(0)
}

// A token that the server calls dead is given up, once a minute at most.
func TestGoauthRefused(t *testing.T) {
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	const url = "https://europe-go.pkg.dev/x"
	dead := "HTTP/1.1 401 Unauthorized\nWww-Authenticate: Bearer realm=\"x\", error=\"invalid_token\"\n\n"
	first := w.run(dead, "goauth", url).stdout
	w.calls(1, "generateAccessToken")
	second := w.run(dead, "goauth", url).stdout
	if second == first {
		t.Error("the dead token was answered again")
	}
	w.calls(1, "generateAccessToken")
	if w.run(dead, "goauth", url).stdout != second {
		t.Error("of new tokens more than one a minute was given up")
	}
	w.calls(0)
	first = second
	w.age(t, url, 2*time.Minute)
	if w.run("HTTP/1.1 401 Unauthorized\nWww-Authenticate: Basic\n\n", "goauth", url).stdout != first {
		t.Error("a token was given up that nobody called dead")
	}
	w.calls(0)
	if w.run(dead, "goauth", url).stdout == first {
		t.Error("the dead token was answered again")
	}
	w.calls(1, "generateAccessToken")
}

// age makes the cached token of a host older than it is.
func (w *world) age(t *testing.T, url string, by time.Duration) {
	t.Helper()
	u, err := host.Typed().Read(url)
	if err != nil {
		t.Fatal(err)
	}
	r := helper.For(host.Git, u)
	target, err := config.Load(w.Helper()).Resolve(t.Context(), r, w.ids)
	if err != nil {
		t.Fatal(err)
	}
	store, err := keystore.Open(t.Context(), target.Keystore, keystore.Options{Getenv: w.Helper().Getenv, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	e, err := store.Get(t.Context(), target.Key())
	if err != nil {
		t.Fatal(err)
	}
	e.Issued, e.Expires = e.Issued.Add(-by), e.Expires.Add(-by)
	if err := store.Put(t.Context(), target.Key(), e); err != nil {
		t.Fatal(err)
	}
}

// moduleProxy serves one private module to whoever has a token of the account.
func moduleProxy(t *testing.T, check func(user, password string) bool) (url, ca string, refused func() int) {
	t.Helper()
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	for name, text := range map[string]string{"go.mod": "module private.example/m\n", "m.go": "package m\n"} {
		f, err := z.Create("private.example/m@v1.0.0/" + name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	files := map[string][]byte{
		"list": []byte("v1.0.0\n"), "v1.0.0.info": []byte(`{"Version":"v1.0.0"}`),
		"v1.0.0.mod": []byte("module private.example/m\n"), "v1.0.0.zip": zipped.Bytes(),
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if !check(user, password) {
			mu.Lock()
			n++
			mu.Unlock()
			rw.Header().Set("WWW-Authenticate", `Basic realm="modules"`)
			http.Error(rw, "who are you?", http.StatusUnauthorized)
			return
		}
		b, ok := files[strings.TrimPrefix(r.URL.Path, "/mod/private.example/m/@v/")]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		_, _ = rw.Write(b)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	return s.URL, ca, func() int { mu.Lock(); defer mu.Unlock(); return n }
}

// The real go command fetches a private module.
func TestGoauthWithGo(t *testing.T) {
	t.Parallel()
	gocmd, err := exec.LookPath("go")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("needs the go command, and SSL_CERT_FILE, which is Linux's")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	url, ca, refused := moduleProxy(t, func(user, password string) bool {
		email, _, ok := w.server.Inspect(password)
		return ok && email == pusher && user == "oauth2accesstoken"
	})
	host := strings.TrimPrefix(url, "https://")
	w.configure(map[string]section{
		"iam":         {"serviceAccount": deployer},
		"iam@" + host: {"token": "access", "serviceAccount": pusher, "username": "oauth2accesstoken"},
	})
	get := func(goauth string) (string, error) {
		dir := t.TempDir()
		envtest.Check(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module test\n\ngo 1.24\n"), 0o600))
		cmd := exec.Command(gocmd, "get", "private.example/m@v1.0.0")
		cmd.Dir = dir
		cmd.Env = w.Environ(
			"GOPATH="+filepath.Join(dir, "gopath"), "GOCACHE="+filepath.Join(dir, "cache"),
			"GOFLAGS=-modcacherw", "GOPROXY="+url+"/mod", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOENV=off",
			"GOAUTH="+goauth, "SSL_CERT_FILE="+ca, asProgram+"=1",
		)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := get("off"); err == nil {
		t.Fatalf("the proxy served somebody without a token:\n%s", out)
	}
	goauth := fmt.Sprintf("%s goauth", exe)
	if out, err := get(goauth); err != nil {
		if strings.Contains(out, "unknown") && strings.Contains(out, "GOAUTH") {
			t.Skipf("this go command has no GOAUTH commands: %s", out)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	w.calls(1, "generateAccessToken")
	before := refused()
	if out, err := get(goauth); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.calls(0, "generateAccessToken")
	if n := refused() - before; n != 0 {
		t.Errorf("with a cached token the server refused %d requests, want none", n)
	}
}
