//go:build linux

package sdk

import (
	"bufio"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
)

// serve starts a server and returns its variables, and what ends it.
func (w *office) serve(flags ...string) (env map[string]string, end func()) {
	w.t.Helper()
	cmd := w.command(context.Background(), nil, append([]string{machine.Core, "serve"}, flags...)...)
	out, err := cmd.StdoutPipe()
	envtest.Check(w.t, err)
	cmd.Stderr = os.Stderr
	envtest.Check(w.t, cmd.Start())
	env = map[string]string{}
	lines := bufio.NewScanner(out)
	for len(env) < 9 && lines.Scan() {
		if name, value, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "="); ok {
			env[name] = value
		}
	}
	return env, func() {
		w.t.Helper()
		envtest.Check(w.t, cmd.Process.Signal(syscall.SIGTERM))
		if err := cmd.Wait(); err != nil {
			w.t.Errorf("serve ended with %v", err)
		}
	}
}

// TestServe serves a program that somebody else starts.
func TestServe(t *testing.T) {
	w := newOffice(t, machine.Options{})
	env, end := w.serve()
	var environ []string
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	for _, library := range []string{"oauth2", "auth"} {
		w.wantToken(strings.TrimSpace(w.try(environ, w.self, "inside", library).stdout))
	}
	if status, _, err := (server{env["GCE_METADATA_HOST"]}).get(tokenPath); w.Isolated && (err != nil || status != 403) {
		t.Errorf("another user: %d, %v", status, err)
	}
	end()
}

// TestServeElsewhere serves an address of the person's own choosing: everybody reaches
// it, and who has the secret is answered.
func TestServeElsewhere(t *testing.T) {
	w := newOffice(t, machine.Options{})
	file := filepath.Join(w.Run, "account.env")
	env, end := w.serve("--listen", "127.0.0.1:0", "--env-file", file)
	at := env["GCE_METADATA_HOST"]
	host, secret, ok := strings.Cut(at, "/")
	if _, _, err := net.SplitHostPort(host); err != nil || !ok || len(secret) < 40 {
		t.Fatalf("GCE_METADATA_HOST=%s", at)
	}
	if status, body, err := (server{host}).get(tokenPath); err != nil || status != 403 || strings.Contains(body, "ya29") {
		t.Errorf("without the secret: %d %s, %v", status, body, err)
	}
	if status, _, err := (server{host + "/" + secret[:len(secret)-1] + "x"}).get(tokenPath); err != nil || status != 403 {
		t.Errorf("with another secret: %d, %v", status, err)
	}
	_, body, err := (server{at}).get(tokenPath)
	envtest.Check(t, err)
	w.wantToken(body)

	b, err := os.ReadFile(file)
	envtest.Check(t, err)
	if st, err := os.Stat(file); err != nil || st.Mode() != 0o600 {
		t.Errorf("%s: %v, %v", file, st.Mode(), err)
	}
	if !strings.Contains(string(b), "GCE_METADATA_HOST="+at+"\n") || strings.Contains(string(b), "GOOGLE_APPLICATION_CREDENTIALS") {
		t.Errorf("the file for containers: %s", b)
	}
	// Without a login beside them the libraries take the metadata server.
	environ := append(strings.Split(strings.TrimSpace(string(b)), "\n"), "HOME="+w.Temp)
	for _, library := range []string{"oauth2", "auth"} {
		w.wantToken(strings.TrimSpace(w.try(environ, w.self, "inside", library).stdout))
	}
	if a := w.try(nil, machine.Core, "serve", "--env-file", file); a.code() != 1 || !strings.Contains(a.stderr, "run: rm "+file) {
		t.Errorf("a second server for one file: %d %s", a.code(), a.stderr)
	}
	end()
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is left")
	}
}
