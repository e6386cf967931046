//go:build linux

package sdk

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const tokenPath = "instance/service-accounts/default/token"

// TestOtherUser has another user of the machine ask, who has learnt everything but the
// user's own files: there is no token for it, at either face.
func TestOtherUser(t *testing.T) {
	parts.Root(t)
	w := newOffice(t, machine.Options{})
	if !w.Isolated {
		t.Fatal("the machine has no user of its own")
	}
	r := w.start()
	if status, body, err := r.server().get(tokenPath); err != nil || status != 403 || strings.Contains(body, "ya29") {
		t.Errorf("root, another user: %d %s, %v", status, body, err)
	}
	capability, err := os.ReadFile(filepath.Join(filepath.Dir(r.env["GOOGLE_APPLICATION_CREDENTIALS"]), "subject"))
	envtest.Check(t, err)
	out, _ := exec.Command("curl", "-s", "-i", "--data-urlencode", "grant_type=urn:ietf:params:oauth:grant-type:token-exchange",
		"--data-urlencode", "subject_token="+string(capability), "http://"+r.server().host+"/v1/token").CombinedOutput()
	if !strings.HasPrefix(string(out), "HTTP/1.1 403") {
		t.Errorf("root, another user, with the capability: %s", out)
	}
	for _, path := range []string{filepath.Dir(r.env["GOOGLE_APPLICATION_CREDENTIALS"])} {
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", path, st.Mode(), err)
		}
	}
	// The same requests of the user's own are answered.
	w.wantToken(w.try(nil, "curl", "-sg", "-H", "Metadata-Flavor: Google", "http://"+r.server().host+"/computeMetadata/v1/"+tokenPath).stdout)
	envtest.Check(t, r.end())
}

// TestKilled kills what was started as exec, which is the command by then: the server
// ends and removes what it had made.
func TestKilled(t *testing.T) {
	w := newOffice(t, machine.Options{})
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT} {
		r := w.start()
		if len(w.folders()) != 1 {
			t.Fatalf("folders: %q", w.folders())
		}
		envtest.Check(t, r.cmd.Process.Signal(sig))
		err := r.cmd.Wait()
		if status := r.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != sig {
			t.Errorf("%v: ended with %v", sig, err)
		}
		w.nothingLeft()
	}
}

// TestKilledServer kills the server: the next one removes what it has left.
func TestKilledServer(t *testing.T) {
	w := newOffice(t, machine.Options{})
	r := w.start()
	w.inside("true")
	if _, err := os.Stat(filepath.Dir(r.env["GOOGLE_APPLICATION_CREDENTIALS"])); err != nil {
		t.Fatalf("another start has removed the folder of a command that runs: %v", err)
	}
	envtest.Await(t, "the end of the other server", func() bool { return len(w.folders()) == 1 })
	for _, p := range w.Processes() {
		if p.Is(machine.Core, "exec-server") {
			envtest.Check(t, syscall.Kill(p.PID, syscall.SIGKILL))
		}
	}
	envtest.Await(t, "a server that refuses", func() bool {
		_, _, err := r.server().get(tokenPath)
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	envtest.Check(t, r.end())
	if n := len(w.folders()); n != 1 {
		t.Fatalf("%d folders", n)
	}
	w.inside("true")
	w.nothingLeft()
}

// TestForks has a command that leaves a process behind, which holds the streams: the
// server ends with the command, and who reads its output is not kept by the server.
func TestForks(t *testing.T) {
	w := newOffice(t, machine.Options{})
	a := w.try(nil, machine.Core, "exec", "--", "sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $!; exit 7")
	if a.code() != 7 {
		t.Errorf("exit %d: %s", a.code(), a.stderr)
	}
	w.nothingLeft()
	pid, err := strconv.Atoi(strings.TrimSpace(a.stdout))
	envtest.Check(t, err)
	if syscall.Kill(pid, 0) != nil {
		t.Error("what the command left did not live on")
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

// TestInherited has a caller's pipe open in the command, which closes it: the server
// does not hold it.
func TestInherited(t *testing.T) {
	w := newOffice(t, machine.Options{})
	read, write, err := os.Pipe()
	envtest.Check(t, err)
	defer read.Close()
	cmd := w.command(t.Context(), nil, machine.Core, "exec", "--", "sh", "-c", "exec 9>&-; exec cat")
	cmd.ExtraFiles = []*os.File{6: write} // 9: those before it are the server's own by then
	in, err := cmd.StdinPipe()
	envtest.Check(t, err)
	envtest.Check(t, cmd.Start())
	_ = write.Close()
	envtest.Check(t, read.SetReadDeadline(time.Now().Add(20*time.Second)))
	if _, err := read.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the command's end of the pipe is closed, and reading it is %v", err)
	}
	_ = in.Close()
	envtest.Check(t, cmd.Wait())
}

// TestNoChildren has a command that waits for all its children: the server is none.
func TestNoChildren(t *testing.T) {
	w := newOffice(t, machine.Options{})
	python := parts.Program(t, "/usr/bin/python3")
	got := w.inside(python, "-c", "import os\ntry:\n  os.wait()\n  print('a child')\nexcept ChildProcessError:\n  print('none')")
	if got != "none" {
		t.Errorf("the command has %s", got)
	}
}

// TestAsIfAlone compares what a command finds with and without exec: files that were
// open, limits, signals that are ignored (as nohup and a background job have them) or
// blocked, its folder, its place among processes.
func TestAsIfAlone(t *testing.T) {
	w := newOffice(t, machine.Options{})
	const look = `exec 2>&1; echo fds $(ls /proc/self/fd | wc -l) $(readlink /proc/$$/fd/7); ulimit -a; umask; pwd; echo $0 $PPID
while read -r key value; do case $key in Sig[BI]*|Shd*|TracerPid:|NoNewPrivs:|Seccomp:|CapEff:) echo $key $value;; esac; done </proc/self/status; cat /proc/$$/timerslack_ns 2>/dev/null; ps -o pgid=,sid=,tty= -p $$ | wc -w`
	run := func(prefix ...string) string {
		args := append([]string{"sh", "-c", `trap '' HUP INT; ulimit -Sc 64; ulimit -Sn 200; umask 027; exec 7</etc/hostname; exec "$@"`, "sh"}, append(prefix, "sh", "-c", look, "zero")...)
		a := w.try(nil, args...)
		if a.code() != 0 {
			t.Fatalf("%q: %s%s", args, a.stdout, a.stderr)
		}
		return a.stdout
	}
	alone, inside := run(), run(machine.Core, "exec", "--")
	if alone != inside {
		t.Errorf("alone:\n%s\ninside:\n%s", alone, inside)
	}
}

// TestExpires has tokens of a few seconds: a command that runs longer always gets one
// that is valid.
func TestExpires(t *testing.T) {
	w := newOffice(t, machine.Options{})
	w.IAM.SetAccessTokenLifetime(4 * time.Second)
	a := w.try(nil, machine.Core, "exec", "--", "sh", "-c",
		`for i in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -sg -H 'Metadata-Flavor: Google' http://$GCE_METADATA_HOST/computeMetadata/v1/`+tokenPath+`; echo; sleep 0.5; done`)
	tokens := map[string]bool{}
	for line := range strings.Lines(a.stdout) {
		token := strings.SplitN(line, `"`, 5)
		if len(token) < 5 || !strings.HasPrefix(token[3], "ya29.") {
			t.Errorf("answered %q", line)
			continue
		}
		tokens[token[3]] = true
	}
	if len(tokens) < 2 {
		t.Errorf("%d tokens in six seconds", len(tokens))
	}
}

// TestAway has the API go away while a command runs: a token that is still valid is
// answered, and when there is none the answer is one that libraries try again after.
func TestAway(t *testing.T) {
	w := newOffice(t, machine.Options{})
	w.IAM.SetAccessTokenLifetime(2 * time.Minute)
	r := w.start()
	w.IAM.Fail(iamtest.Fault{Method: "*", Status: 503, Times: iamtest.Always})
	path := "http://" + r.server().host + "/computeMetadata/v1/" + tokenPath
	w.wantToken(w.try(nil, "curl", "-sg", "-H", "Metadata-Flavor: Google", path).stdout)
	a := w.try(nil, "curl", "-sg", "-i", "--max-time", "50", "-H", "Metadata-Flavor: Google", path+"?scopes=https://www.googleapis.com/auth/drive")
	if !strings.HasPrefix(a.stdout, "HTTP/1.1 503") {
		t.Errorf("a token that cannot be had: %s%s", a.stdout, a.stderr)
	}
	w.IAM.ClearFaults()
	w.wantToken(w.try(nil, "curl", "-sg", "-H", "Metadata-Flavor: Google", path+"?scopes=https://www.googleapis.com/auth/drive").stdout)
	envtest.Check(t, r.end())
}

// TestAwayForLonger has the API away until the token has expired: libraries get the one
// that is still valid, then an error in words, and a new one once the API is back.
func TestAwayForLonger(t *testing.T) {
	w := newOffice(t, machine.Options{})
	const life = 10 * time.Second
	w.IAM.SetAccessTokenLifetime(life)
	r := w.start()
	begin := time.Now()
	w.IAM.Fail(iamtest.Fault{Method: "*", Status: 503, Times: iamtest.Always})
	var env []string
	for name, value := range r.env {
		env = append(env, name+"="+value)
	}
	ask := func() answer { return w.try(env, w.self, "inside", "oauth2") }
	first := ask()
	w.wantToken(strings.TrimSpace(first.stdout))
	asks := 0
	last := first
	for ; last.code() == 0; last = ask() {
		asks++
		if last.stdout != first.stdout {
			t.Fatalf("another token while the API is away: %.20s", last.stdout)
		}
		if time.Since(begin) > 2*testenv.Patience {
			t.Fatal("a token that has expired is answered for ever")
		}
	}
	if asks < 2 || time.Since(begin) < life/2 {
		t.Errorf("the token was answered %d times, for %v", asks, time.Since(begin))
	}
	if !strings.Contains(last.stderr, "503") && !strings.Contains(last.stderr, "temporarily_unavailable") {
		t.Errorf("no clear error: %s", last.stderr)
	}
	w.IAM.ClearFaults()
	envtest.Await(t, "a new token", func() bool { last = ask(); return last.code() == 0 })
	w.wantToken(strings.TrimSpace(last.stdout))
	if last.stdout == first.stdout {
		t.Error("the token that has expired is answered")
	}
	envtest.Check(t, r.end())
}

// TestHeldOpen has a client that connects and says nothing, and one that asks in two
// halves: the command's end is the end of all.
func TestHeldOpen(t *testing.T) {
	w := newOffice(t, machine.Options{})
	r := w.start()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	silent := w.command(ctx, nil, "bash", "-c", "exec 3<>/dev/tcp/${0/:/\\/}; cat <&3", r.server().host)
	envtest.Check(t, silent.Start())
	w.wantToken(w.try(nil, "curl", "-sg", "-H", "Metadata-Flavor: Google", "http://"+r.server().host+"/computeMetadata/v1/"+tokenPath).stdout)
	envtest.Check(t, r.end())
	w.nothingLeft()
	cancel()
	_ = silent.Wait()
}

// TestTerminal runs a command in a terminal: it is in the foreground, stops and goes on
// as alone, and is told of the terminal's size.
func TestTerminal(t *testing.T) {
	w := newOffice(t, machine.Options{})
	script := parts.Program(t, "script")
	const command = `credential-iam exec -- sh -c 'test -t 0 && test -t 1 && ps -o stat= -p $$ | grep -q + && echo foreground; stty size; trap "echo winch; exit 5" WINCH; stty rows 50 cols 90; sleep 5 & wait'; echo status $?`
	a := w.try(nil, script, "-qec", command, "/dev/null")
	for _, want := range []string{"foreground", "winch", "status 5"} {
		if !strings.Contains(a.stdout, want) {
			t.Errorf("no %q in %q %s", want, a.stdout, a.stderr)
		}
	}
	const jobs = `set -m; credential-iam exec -- sleep 60 & until ps -o comm= -p $! | grep -q sleep; do :; done
kill -TSTP %1; until jobs | grep Stopped; do :; done; kill -CONT %1; kill -TERM %1; wait %1; echo status $?`
	a = w.try(nil, script, "-qec", "bash -c '"+jobs+"'", "/dev/null")
	for _, want := range []string{"Stopped", "status 143"} {
		if !strings.Contains(a.stdout, want) {
			t.Errorf("no %q in %q %s", want, a.stdout, a.stderr)
		}
	}
}
