package engine

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// A dockerd that gives up is not waited for: its reason is told at once, and
// nothing is left of it.
func TestStartTellsWhy(t *testing.T) {
	parts.Program(t, "sh")
	bin, tmp := t.TempDir(), t.TempDir()
	script := "#!/bin/sh\necho 'no such driver' >&2\nexit 7\n"
	if err := testenv.WriteProgram(filepath.Join(bin, "dockerd"), []byte(script)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("TMPDIR", tmp)
	e, err := Start(context.Background())
	if err == nil {
		t.Fatal("it started", e.Stop())
	}
	for _, want := range []string{"dockerd ended: exit status 7", "no such driver"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A dockerd that hangs, and ends at no signal, is waited for no longer than the
// caller waits.
func TestStartEndsWithContext(t *testing.T) {
	parts.Program(t, "sh")
	bin, tmp := t.TempDir(), t.TempDir()
	for name, script := range map[string]string{
		"dockerd": "trap '' TERM\necho $$ >" + bin + "/pid\nwhile :; do sleep 0.1; done\n",
		"docker":  "exit 1\n",
	} {
		if err := testenv.WriteProgram(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("TMPDIR", tmp)
	// The caller has waited long enough once dockerd runs.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for pid := filepath.Join(bin, "pid"); ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
			if b, err := os.ReadFile(pid); err == nil && strings.HasSuffix(string(b), "\n") {
				cancel()
			}
		}
	}()
	begin := time.Now()
	e, err := Start(ctx)
	if err == nil {
		t.Fatal("it started", e.Stop())
	}
	if took := time.Since(begin); took > patience || !errors.Is(err, context.Canceled) {
		t.Errorf("after %s: %v", took, err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	pid, err := os.ReadFile(filepath.Join(bin, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	if exec.Command("kill", "-0", strings.TrimSpace(string(pid))).Run() == nil {
		t.Error("dockerd still runs")
	}
}
