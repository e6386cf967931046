package iam

import (
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// late serves the machine's metadata at an address that refuses connections, and
// then says 404 to everything, before it is there.
func (w *world) late(refuses, lost time.Duration) {
	w.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	w.env["GCE_METADATA_HOST"] = address
	ready := time.Now().Add(refuses + lost)
	server := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
		if time.Now().Before(ready) {
			http.NotFound(rw, q)
			return
		}
		w.s.Handler().ServeHTTP(rw, q)
	})}
	timer := time.AfterFunc(refuses, func() {
		if l, err := net.Listen("tcp", address); err == nil {
			_ = server.Serve(l)
		}
	})
	w.Cleanup(func() {
		timer.Stop()
		_ = server.Close()
	})
}

// The metadata server of GKE starts seconds after a pod: it is waited for.
func TestMetadataLate(t *testing.T) {
	for name, c := range map[string]struct{ refuses, lost time.Duration }{
		"refuses":       {1500 * time.Millisecond, 0},
		"says 404":      {0, 1500 * time.Millisecond},
		"one then both": {700 * time.Millisecond, 800 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.s.SetMetadataAccount(builder)
			w.s.Grant(builder, iamtest.RoleTokenCreator, deployer)
			w.late(c.refuses, c.lost)
			w.wantPrincipal(w.mint(w.sourceTarget(helper.Source{Kind: "metadata", Fingerprint: "f"}, deployer)), deployer)
		})
	}
}

// One that does not come is given up after its time, and is not waited for again by
// the same process; its no about an account is no sign of a start.
func TestMetadataNever(t *testing.T) {
	t.Parallel()
	const early = 3 * time.Second
	w := newWorld(t)
	w.c.limits.early = early
	target := w.sourceTarget(helper.Source{Kind: "metadata", Fingerprint: "f"}, deployer)
	timed := func(least, most time.Duration, code, word string) {
		t.Helper()
		start := time.Now()
		w.wantError(target, code, word)
		if took := time.Since(start); took < least || took > most {
			t.Errorf("took %s, want %s to %s", took, least, most)
		}
	}
	w.late(time.Hour, 0)
	timed(early, time.Minute, "unreachable", "refused")
	timed(0, early, "unreachable", "refused")
	w.c.gaveUp = time.Time{}
	w.late(0, time.Hour)
	timed(early, time.Minute, "bad-source", "no service account")
	w.c.gaveUp = time.Time{}
	w.env["GCE_METADATA_HOST"] = strings.TrimPrefix(must(w.s.Serve(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		http.Error(rw, "Unable to generate access token; IAM returned 404 Not Found: Not found; Gaia id not found for email x", 404)
	}), false))(t), "http://")
	timed(0, early, "not-found", "Gaia id")
}

func TestMetadataHost(t *testing.T) {
	for value, want := range map[string]string{
		"": "169.254.169.254", "metadata.google.internal": "metadata.google.internal", "127.0.0.1:8080": "127.0.0.1:8080",
		"fd20:ce::254": "[fd20:ce::254]", "[fd20:ce::254]": "[fd20:ce::254]", "[fd20:ce::254]:80": "[fd20:ce::254]:80",
		"::1": "[::1]", "[::1]:9": "[::1]:9", "fe80::1%eth0": "[fe80::1%25eth0]",
		"http://127.0.0.1:9": "", "https://h/": "", "h/path": "", "user@h": "", "a b": "", "h?x": "", "[::1": "",
	} {
		got, err := metadataHost(value)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v, want %q", value, got, err, want)
		}
	}
	w := newWorld(t)
	w.s.SetMetadataAccount(builder)
	w.env["GCE_METADATA_HOST"] = "http://" + w.s.MetadataHost()
	w.wantError(w.sourceTarget(helper.Source{Kind: "metadata", Fingerprint: "f"}, deployer), "bad-source",
		"GCE_METADATA_HOST is a URL", "export GCE_METADATA_HOST="+w.s.MetadataHost())
	w.calls(0)
}

// TestMetadataIPv6 has the server at an IPv6 address, named without brackets where
// the port allows it.
func TestMetadataIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 on this machine: ", err)
	}
	w := newWorld(t)
	server := &http.Server{Handler: w.s.Handler()}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	w.s.SetMetadataAccount(builder)
	w.s.Grant(builder, iamtest.RoleTokenCreator, deployer)
	w.env["GCE_METADATA_HOST"] = l.Addr().String()
	w.wantPrincipal(w.mint(w.sourceTarget(helper.Source{Kind: "metadata", Fingerprint: "f"}, deployer)), deployer)
}

// TestMetadataOfExec refuses the server of "credential-iam exec", which is an account
// and not the machine.
func TestMetadataOfExec(t *testing.T) {
	w := newWorld(t)
	w.s.SetMetadataAccount(builder)
	w.s.Grant(builder, iamtest.RoleTokenCreator, deployer)
	w.env["GCE_METADATA_HOST"] = strings.TrimPrefix(must(w.s.Serve(http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
		answer := httptest.NewRecorder()
		w.s.Handler().ServeHTTP(answer, q)
		maps.Copy(rw.Header(), answer.Header())
		rw.Header().Set("Server", helper.ExecServer)
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(answer.Body.Bytes())
	}), false))(t), "http://")
	own := w.sourceTarget(helper.Source{Kind: "metadata", Fingerprint: "f"}, "")
	own.Own = true
	targets := []helper.Target{w.sourceTarget(helper.Source{Kind: "metadata", Fingerprint: "f"}, deployer), own}
	for _, target := range targets {
		w.wantError(target, helper.InsideCode, "not known here", "unset GCE_METADATA_HOST")
	}
	// With the secret that serve has in its path nobody is asked.
	secret := strings.Repeat("A2", 26)
	w.env["GCE_METADATA_HOST"], w.env["GCE_METADATA_IP"] = "192.0.2.1:9/"+secret, "192.0.2.1:9/"+secret
	for _, target := range targets {
		w.wantError(target, helper.InsideCode, "not known here", "unset GCE_METADATA_HOST GCE_METADATA_IP")
	}
	w.env["GCE_METADATA_HOST"] = "192.0.2.1/path"
	w.wantError(targets[0], "bad-source", "HOST:PORT", "unset GCE_METADATA_HOST")
}
