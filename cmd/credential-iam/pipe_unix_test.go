//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// source add reads a pipe, such as a shell's process substitution; everything else
// that names a credential file reads it twice, in two programs, and says so.
func TestSourceAddPipe(t *testing.T) {
	w := newWorld(t)
	ids := &fakeIdentities{}
	w.ids = ids
	w.configure(nil)
	pipe := filepath.Join(w.Dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	wrote := make(chan error, 1)
	go func() { wrote <- os.WriteFile(pipe, w.server.KeyADC(pusher), 0o600) }()
	if r := w.run("", "source", "add", "ci", "--from", pipe); r.code != 0 || !strings.Contains(r.stdout, pusher) {
		t.Fatalf("exit %d, %q, %q", r.code, r.stdout, r.stderr)
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	if line := w.fail(exitFailed, "", "source", "add", "ci", "--from", pipe, "--shred"); !strings.Contains(line, "not a regular file") {
		t.Errorf("--shred: %q", line)
	}
	if line := w.fail(exitFailed, "", "token", "--service-account", deployer, "--source", "file:"+pipe); !strings.Contains(line, "it is a pipe") ||
		!strings.HasSuffix(line, "; run: credential-iam source add NAME --from "+pipe+"\n") {
		t.Errorf("--source: %q", line)
	}
}
