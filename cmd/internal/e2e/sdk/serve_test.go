//go:build linux

package sdk

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
)

// serve starts a server and returns its variables, and what ends it.
func (w *office) serve(flags ...string) (env map[string]string, end func()) {
	w.t.Helper()
	env, cmd := w.startServe(flags...)
	return env, func() {
		w.t.Helper()
		endServe(w.t, cmd, syscall.SIGTERM)
	}
}

// endServe ends a server by a signal, which is its way to end.
func endServe(t *testing.T, cmd *exec.Cmd, s os.Signal) {
	t.Helper()
	late := time.AfterFunc(testenv.Patience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	envtest.Check(t, cmd.Process.Signal(s))
	if err := cmd.Wait(); err != nil {
		t.Errorf("after %v serve ended with %v", s, err)
	}
}

// startServe starts a server and returns its variables.
func (w *office) startServe(flags ...string) (env map[string]string, cmd *exec.Cmd) {
	w.t.Helper()
	cmd = w.command(context.Background(), nil, append([]string{machine.Core, "serve"}, flags...)...)
	out, err := cmd.StdoutPipe()
	envtest.Check(w.t, err)
	cmd.Stderr = os.Stderr
	envtest.Check(w.t, cmd.Start())
	w.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	env = map[string]string{}
	lines := bufio.NewScanner(out)
	for len(env) < 9 && lines.Scan() {
		if name, value, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "="); ok {
			env[name] = value
		}
	}
	return env, cmd
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
	if a := w.try(nil, machine.Core, "serve", "--env-file", file); a.code() != 1 || !strings.Contains(a.stderr, "another server") {
		t.Errorf("a second server for one file: %d %s", a.code(), a.stderr)
	}
	end()
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is left")
	}
	envtest.Check(t, w.Home.Write("mine.env", []byte("MINE=1\n")))
	if a := w.try(nil, machine.Core, "serve", "--env-file", w.Path("mine.env")); a.code() != 1 || !strings.Contains(a.stderr, "run: mv "+w.Path("mine.env")) {
		t.Errorf("in place of a person's file: %d %s", a.code(), a.stderr)
	}
}

// TestServeEnds ends a server by every signal that can be caught, and by one that
// cannot: nothing is left, or it is in nobody's way.
func TestServeEnds(t *testing.T) {
	w := newOffice(t, machine.Options{})
	file := filepath.Join(w.Run, "account.env")
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if signal.Ignored(s) {
			continue // as under nohup, which serve keeps to
		}
		_, cmd := w.startServe("--listen", "127.0.0.1:0", "--env-file", file)
		endServe(t, cmd, s)
		w.nothingLeft()
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%v: the file is left", s)
		}
	}
	_, killed := w.startServe("--listen", "127.0.0.1:0", "--env-file", file)
	envtest.Check(t, killed.Process.Kill())
	_ = killed.Wait()
	env, cmd := w.startServe("--listen", "127.0.0.1:0", "--env-file", file)
	b, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(b), "GCE_METADATA_HOST="+env["GCE_METADATA_HOST"]+"\n") {
		t.Errorf("in place of a file that was left: %s, %v", b, err)
	}
	if n := len(w.folders()); n != 1 {
		t.Errorf("%d folders", n)
	}
	// What another has put in its place is not removed.
	envtest.Check(t, os.Remove(file))
	envtest.Check(t, os.WriteFile(file, []byte("MINE=1\n"), 0o600))
	endServe(t, cmd, syscall.SIGTERM)
	if _, err := os.Stat(file); err != nil {
		t.Error("a file of somebody else's was removed")
	}
	envtest.Check(t, os.Remove(file))
}

// TestServeUnread has nobody read what is printed: that is an error, and nothing is left.
func TestServeUnread(t *testing.T) {
	w := newOffice(t, machine.Options{})
	file := filepath.Join(w.Run, "account.env")
	a := w.try(nil, "bash", "-c", "set -o pipefail; exec 3> >(exec true); wait $!; credential-iam serve --listen 127.0.0.1:0 --env-file "+file+" >&3")
	if a.code() != 1 || !strings.Contains(a.stderr, "write the answer") {
		t.Errorf("exit %d: %s", a.code(), a.stderr)
	}
	w.nothingLeft()
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is left")
	}
}

// TestServeNohup has serve started by nohup: the terminal's end is not its end.
func TestServeNohup(t *testing.T) {
	w := newOffice(t, machine.Options{})
	cmd := w.command(t.Context(), nil, "sh", "-c", "trap '' HUP; exec credential-iam serve")
	out, err := cmd.StdoutPipe()
	envtest.Check(t, err)
	envtest.Check(t, cmd.Start())
	lines := bufio.NewScanner(out)
	lines.Scan()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/status")
	envtest.Check(t, err)
	_, ignored, _ := strings.Cut(string(status), "\nSigIgn:")
	mask, err := strconv.ParseUint(strings.Fields(ignored)[0], 16, 64)
	if err != nil || mask&1 == 0 {
		t.Errorf("SIGHUP is not ignored: %x, %v", mask, err)
	}
	endServe(t, cmd, syscall.SIGTERM)
}

// TestServeStale has a shell in which what serve has set is still set after its end: our
// own programs name all of it, by a command that helps.
func TestServeStale(t *testing.T) {
	w := newOffice(t, machine.Options{})
	env, end := w.serve()
	end()
	var stale strings.Builder
	for name, value := range env {
		stale.WriteString("export " + name + "=" + value + "\n")
	}
	ask := "echo " + machine.DockerHost + " | docker-credential-iam get"
	for _, asks := range []string{ask, "credential-iam token 2>&1", "credential-iam exec -- true 2>&1"} {
		a := w.try(nil, "sh", "-c", stale.String()+asks)
		_, fix, ok := strings.Cut(strings.TrimSpace(a.stdout), "run: ")
		if a.code() != 1 || !ok {
			t.Errorf("%s: exit %d: %s%s", asks, a.code(), a.stdout, a.stderr)
			continue
		}
		a = w.try(nil, "sh", "-c", stale.String()+fix+"\nenv; "+ask)
		for _, name := range []string{"CREDENTIAL_IAM_EXEC", "GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST", "GCE_METADATA_IP", "GCE_METADATA_ROOT", "METADATA_SERVER_DETECTION", "CLOUDSDK_CONFIG"} {
			if strings.Contains(a.stdout, "\n"+name+"=") {
				t.Errorf("%q leaves %s", fix, name)
			}
		}
		w.wantToken(a.stdout)
	}
}
