//go:build unix

package helper

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestLogIsAFile: a pipe that nobody reads is no log, and nobody waits for its other
// end.
func TestLogIsAFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(10*time.Second, func() {
		t.Error("the pipe is waited for")
		if f, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
			defer f.Close()
			time.Sleep(time.Second)
		}
	})
	defer late.Stop()
	for _, path := range []string{pipe, os.DevNull} {
		if err := appendLog(path, "line\n"); !errors.Is(err, ErrNotRegular) {
			t.Errorf("%s: %v, want %v", path, err, ErrNotRegular)
		}
	}
}
