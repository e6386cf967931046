package clients

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// What would end a run between two programs does not leave some new and some old:
// an output that nobody reads any more (head -1), one that is full, and ^C.
func TestInstallEnded(t *testing.T) {
	for _, c := range []struct {
		name string
		code int
		// ends changes the run.
		ends func(t *testing.T, cmd *exec.Cmd, path string)
	}{
		{"nobody reads", 141, func(t *testing.T, cmd *exec.Cmd, _ string) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			_ = r.Close()
			t.Cleanup(func() { _ = w.Close() })
			cmd.Stdout = w
		}},
		{"full", 1, func(t *testing.T, cmd *exec.Cmd, _ string) {
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Skip("no /dev/full: ", err)
			}
			t.Cleanup(func() { _ = full.Close() })
			cmd.Stdout = full
		}},
		{"interrupted", 0, func(t *testing.T, _ *exec.Cmd, path string) {
			mv := filepath.Join(path, "mv")
			if err := os.Remove(mv); err != nil {
				t.Fatal(err)
			}
			put(t, mv, fmt.Sprintf("#!/bin/sh\nkill -INT $PPID\nexec %s \"$@\"\n", parts.Program(t, "mv")))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			path := toolbox(t, "go1.26.1", "local")
			var log strings.Builder
			cmd := exec.CommandContext(t.Context(), parts.Program(t, "sh"), filepath.Join(sources(t), "install.sh"), "--bin-dir=bin")
			cmd.Dir, cmd.Env, cmd.Stderr = home, []string{"HOME=" + home, "PATH=" + path}, &log
			c.ends(t, cmd, path)
			err := cmd.Run()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != c.code {
				t.Errorf("exit %d, want %d\n%s", code, c.code, &log)
			}
			if there := files(t, filepath.Join(home, "bin")); !slices.Equal(there, names()) {
				t.Errorf("the folder holds %q, not %q\n%s", there, names(), &log)
			}
		})
	}
}
