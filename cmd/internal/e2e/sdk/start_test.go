//go:build linux

package sdk

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestInterruptedStart interrupts exec before COMMAND has its place: COMMAND does not
// run as if nothing had been, whenever the signal comes.
func TestInterruptedStart(t *testing.T) {
	w := newOffice(t, machine.Options{})
	w.inside("true") // the token is in hand
	for i := range 40 {
		if err := w.endStart(i, os.Interrupt).Wait(); err == nil {
			t.Fatalf("an interrupt after %.1f ms: COMMAND ran to its end", float64(i)/2)
		}
	}
	w.nothingLeft()
}

// endStart starts exec and sends it a signal half milliseconds later.
func (w *office) endStart(half int, s os.Signal) *exec.Cmd {
	w.t.Helper()
	cmd := w.command(w.t.Context(), nil, "credential-iam", "exec", "--", "sleep", "3")
	envtest.Check(w.t, cmd.Start())
	time.Sleep(time.Duration(half) * 500 * time.Microsecond) // any moment will do
	envtest.Check(w.t, cmd.Process.Signal(s))
	return cmd
}

// TestEndedStart ends exec before COMMAND has its place: by whatever signal, it has
// ended by that one, and nothing is left.
func TestEndedStart(t *testing.T) {
	w := newOffice(t, machine.Options{})
	w.inside("true") // the token is in hand
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(s) {
			continue // the test runs under nohup, and so does exec
		}
		for i := range 40 {
			cmd := w.endStart(i, s)
			err := cmd.Wait()
			if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != s {
				t.Errorf("%v after %.1f ms: ended with %v", s, float64(i)/2, err)
			}
		}
		w.nothingLeft()
	}
	// The runtime of Go dies from SIGQUIT with a dump until it is caught: before there is
	// anything that could be left.
	for range 20 {
		cmd := w.command(t.Context(), nil, "credential-iam", "exec", "--", "sleep", "3")
		var log bytes.Buffer
		cmd.Stderr = &log
		envtest.Check(t, cmd.Start())
		for end := time.Now().Add(testenv.Patience); len(w.folders()) == 0 && time.Now().Before(end); {
		}
		envtest.Check(t, cmd.Process.Signal(syscall.SIGQUIT))
		err := cmd.Wait()
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if status.ExitStatus() != 128+int(syscall.SIGQUIT) && (!status.Signaled() || status.Signal() != syscall.SIGQUIT) || log.Len() > 0 {
			t.Errorf("SIGQUIT: ended with %v: %s", err, log.String())
		}
		w.nothingLeft()
	}
}

// TestEndedWhileWaiting ends exec while it waits for its first token, and has it not
// wait for the answer.
func TestEndedWhileWaiting(t *testing.T) {
	w := newOffice(t, machine.Options{})
	w.IAM.Fail(iamtest.Fault{Method: "generateAccessToken", Delay: time.Minute, Times: iamtest.Always})
	cmd := w.command(t.Context(), nil, "credential-iam", "exec", "--", "true")
	envtest.Check(t, cmd.Start())
	envtest.Await(t, "a call", func() bool { return w.IAM.Calls("generateAccessToken") > 0 })
	envtest.Check(t, cmd.Process.Signal(syscall.SIGTERM))
	begin := time.Now()
	err := cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGTERM || time.Since(begin) > 10*time.Second {
		t.Errorf("ended with %v after %v", err, time.Since(begin))
	}
}

// TestKilledStart kills exec before COMMAND has its place, which nobody can do anything
// about: the next one removes what is left.
func TestKilledStart(t *testing.T) {
	w := newOffice(t, machine.Options{})
	w.inside("true")
	for i := range 60 {
		_ = w.endStart(i, os.Kill).Wait()
		w.inside("true")
	}
	w.nothingLeft()
}

// TestNohup has exec started with a signal ignored, as nohup does: it does not end by it.
func TestNohup(t *testing.T) {
	w := newOffice(t, machine.Options{})
	cmd := w.command(t.Context(), nil, "sh", "-c", `trap '' HUP; echo ignored; exec credential-iam exec -- sh -c 'echo ready; cat; echo done'`)
	in, err := cmd.StdinPipe()
	envtest.Check(t, err)
	out, err := cmd.StdoutPipe()
	envtest.Check(t, err)
	envtest.Check(t, cmd.Start())
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	for range 200 { // during the start too
		envtest.Check(t, cmd.Process.Signal(syscall.SIGHUP))
		time.Sleep(500 * time.Microsecond)
	}
	_ = in.Close()
	b, err := io.ReadAll(lines)
	if err != nil || string(b) != "ready\ndone\n" {
		t.Errorf("%q, %v", b, err)
	}
	envtest.Check(t, cmd.Wait())
}

// TestNotRunnable has commands that cannot be run: what is said is the cause, and the exit
// status is a shell's.
func TestNotRunnable(t *testing.T) {
	w := newOffice(t, machine.Options{})
	dir := filepath.Join(w.Work, "bin")
	envtest.Check(t, os.Mkdir(dir, 0o755))
	put := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		envtest.Check(t, os.WriteFile(path, []byte(content), mode))
		envtest.Check(t, os.Chmod(path, mode))
		return path
	}
	elf, err := os.ReadFile("/bin/true")
	envtest.Check(t, err)
	foreign := append([]byte(nil), elf...)
	foreign[18], foreign[19] = 0xf3, 0xff // of no processor
	loader := bytes.Replace(elf, []byte("/lib64/ld-linux"), []byte("/no-64/ld-linux"), 1)
	envtest.Check(t, os.Symlink("/no/such/target", filepath.Join(dir, "link")))
	pipe := filepath.Join(dir, "pipe")
	envtest.Check(t, syscall.Mkfifo(pipe, 0o644))
	path := "PATH=" + w.Env["PATH"] + ":" + dir
	for name, tt := range map[string]struct {
		command string
		code    int
		says    []string
	}{
		"interpreter that is not there":  {put("script", "#!/no/such -x\n", 0o755), 127, []string{"bad interpreter: /no/such", "head -n 1 " + dir + "/script"}},
		"interpreter that cannot be run": {put("passwd", "#!/etc/passwd\n", 0o755), 126, []string{"bad interpreter: /etc/passwd"}},
		"Windows' line ends":             {put("crlf", "#!/bin/sh\r\necho x\r\n", 0o755), 127, []string{`bad interpreter: /bin/sh`}},
		"directory":                      {dir, 126, []string{"it is a directory"}},
		"no x bit":                       {put("plain", "#!/bin/sh\n", 0o644), 126, []string{"permission denied", "chmod +x " + dir + "/plain"}},
		"pipe":                           {pipe, 126, []string{"permission denied"}},
		"no program":                     {"/etc/passwd", 126, []string{"permission denied", "run: ls -ld /etc/passwd"}},
		"no x bit, on the PATH":          {"plain", 126, []string{"permission denied", "chmod +x " + dir + "/plain"}},
		"not on the PATH":                {"no-such-command", 127, []string{"it is not on the PATH", "command -v no-such-command"}},
		"not there":                      {"./no-such-command", 127, []string{"no such file"}},
		"nothing":                        {"", 127, nil},
		"link to nothing":                {filepath.Join(dir, "link"), 127, []string{"/no/such/target"}},
		"another processor's":            {put("foreign", string(foreign), 0o755), 126, []string{"exec format error"}},
		"loader that is not there":       {put("loader", string(loader), 0o755), 127, []string{"loader"}},
	} {
		a := w.try([]string{path}, machine.Core, "exec", "--", tt.command)
		if a.code() != tt.code || strings.Count(a.stderr, "\n") != 1 {
			t.Errorf("%s: exit %d, want %d: %s", name, a.code(), tt.code, a.stderr)
		}
		for _, word := range tt.says {
			if !strings.Contains(a.stderr, word) {
				t.Errorf("%s: no %q in %s", name, word, a.stderr)
			}
		}
		// A shell has the same exit status.
		if sh := w.try([]string{path}, "bash", "-c", `"$1"; exit $?`, "bash", tt.command); tt.command != "" && sh.code() != tt.code && name != "interpreter that is not there" && name != "Windows' line ends" {
			t.Errorf("%s: exit %d, and a shell's is %d: %s", name, a.code(), sh.code(), sh.stderr)
		}
	}
	w.nothingLeft()
}
