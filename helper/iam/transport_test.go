package iam

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

func TestProxy(t *testing.T) {
	asked := make(chan string, 4)
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host
		rw.WriteHeader(http.StatusForbidden)
	}))
	defer proxy.Close()
	env := map[string]string{"https_proxy": proxy.URL, "GCE_METADATA_HOST": "127.0.0.1:1"}
	c := New(Options{Env: helper.Env{Now: time.Now, Getenv: func(name string) string { return env[name] }}})
	c.limits.attempts, c.limits.firstPause = 1, time.Millisecond
	w := newWorld(t)
	target := w.target(w.s.KeyADC(builder), deployer)
	target.Endpoint = "https://iamcredentials.example.com/"
	_, err := c.Mint(t.Context(), target)
	if err == nil {
		t.Fatal("minted through a proxy that forbids")
	}
	if got := <-asked; got != "CONNECT iamcredentials.example.com:443" {
		t.Errorf("the proxy was asked for %q", got)
	}
	_, _ = c.Mint(t.Context(), w.sourceTarget(helper.Source{Kind: "metadata"}, deployer))
	if len(asked) != 0 {
		t.Errorf("the metadata server was asked through the proxy: %s", <-asked)
	}
}

// TestLibraryEnvironment has the variables that steer Google's libraries: none
// of them moves a call to another host, and none makes the library log.
func TestLibraryEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"GOOGLE_API_USE_MTLS_ENDPOINT": "always", "GOOGLE_API_USE_CLIENT_CERTIFICATE": "true",
		"GOOGLE_CLOUD_UNIVERSE_DOMAIN": "example.org", "GOOGLE_SDK_GO_LOGGING_LEVEL": "debug",
		"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere", "GOOGLE_CLOUD_QUOTA_PROJECT": "foreign",
	} {
		t.Setenv(name, value)
	}
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	log, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	stderr := os.Stderr
	os.Stderr = log
	defer func() { os.Stderr = stderr }()
	w.wantPrincipal(w.mint(w.target(w.s.UserADC(alice), deployer)), deployer)
	w.calls(2)
	if raw, _ := os.ReadFile(log.Name()); len(raw) != 0 {
		t.Errorf("the library wrote %d bytes to stderr: %.200s", len(raw), raw)
	}
	if got := w.spy.lastHeader.Get("X-Goog-User-Project"); got != "" {
		t.Errorf("x-goog-user-project %q from the library's environment", got)
	}
}

// BenchmarkColdMint is one mint of a new process: a new Client, TLS, nothing
// cached but the source token.
func BenchmarkColdMint(b *testing.B) {
	s, err := iamtest.NewServer(iamtest.Options{TLS: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ca, err := s.CAFile()
	if err != nil {
		b.Fatal(err)
	}
	s.ServiceAccount(deployer)
	s.Grant(builder, iamtest.RoleTokenCreator, deployer)
	path := filepath.Join(b.TempDir(), "key.json")
	if err := os.WriteFile(path, s.KeyADC(builder), 0o600); err != nil {
		b.Fatal(err)
	}
	env := helper.Env{Now: time.Now, Getenv: func(name string) string {
		if name == "SSL_CERT_FILE" {
			return ca
		}
		return ""
	}}
	for b.Loop() {
		c := New(Options{Env: env})
		_, err := c.Mint(b.Context(), helper.Target{ServiceAccount: deployer, Scopes: []string{helper.DefaultScope},
			Source: helper.Source{Kind: "file", Path: path}, Endpoint: s.Endpoint()})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFewRoots(b *testing.B) {
	env := helper.Env{Getenv: func(string) string { return "" }}
	for b.Loop() {
		fewRoots(env)
	}
}

// TestServerIsTheOneMeant has servers that the roots vouch for: one that is asked by a
// name which its certificate does not have, and one that speaks an old TLS alone, get
// nothing of a request.
func TestServerIsTheOneMeant(t *testing.T) {
	var asked atomic.Int32
	serve := func(most uint16) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: most}
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	now, old := serve(tls.VersionTLS13), serve(tls.VersionTLS11)
	roots := x509.NewCertPool()
	roots.AddCert(now.Certificate())
	tr := newProxies(helper.Env{Getenv: func(string) string { return "" }}).transport(roots)
	defer tr.CloseIdleConnections()
	for _, c := range []struct {
		url  string
		want bool
	}{
		{now.URL, true}, // which is 127.0.0.1, as the certificate is
		{strings.Replace(now.URL, "127.0.0.1", "localhost", 1), false},
		{old.URL, false},
	} {
		asked.Store(0)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := tr.RoundTrip(req)
		if err == nil {
			_ = res.Body.Close()
		}
		if (err == nil) != c.want || asked.Load() > 0 != c.want {
			t.Errorf("%s: %v, asked %d times", c.url, err, asked.Load())
		}
	}
}
