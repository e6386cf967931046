//go:build unix

package helper

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A file is read up to its limit, and nothing else at all: a pipe would be waited for,
// and a device has no end.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.WriteFile(file, []byte("ten bytes!"), 0o600), syscall.Mkfifo(pipe, 0o600), os.Symlink(file, file+"-link")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, file + "-link"} {
		if b, err := ReadFile(path, 10); string(b) != "ten bytes!" || err != nil {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
	if b, err := ReadFile(file, 9); b != nil || err == nil || errors.Is(err, ErrNotRegular) {
		t.Errorf("a large file: %q, %v", b, err)
	}
	// One of any size costs no memory.
	const large = 256 << 20
	if err := os.Truncate(file, large); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := ReadFile(file, 9)
	if runtime.ReadMemStats(&after); err == nil || after.TotalAlloc-before.TotalAlloc > large/2 {
		t.Errorf("a larger file: %v, for %d bytes of memory", err, after.TotalAlloc-before.TotalAlloc)
	}
	for path, want := range map[string]error{pipe: ErrPipe, dir: ErrNotRegular, "/dev/zero": ErrNotRegular, "/dev/null": ErrNotRegular, file + "-": os.ErrNotExist} {
		if b, err := ReadFile(path, 1<<20); b != nil || !errors.Is(err, want) {
			t.Errorf("%s: %d bytes, %v, want %v", path, len(b), err, want)
		}
	}
}

// Of a file that says that it is empty as much is read as of any other.
func TestReadFileWithoutSize(t *testing.T) {
	const path = "/proc/self/environ"
	st, err := os.Stat(path)
	if err != nil || st.Size() != 0 {
		t.Skip("no such file")
	}
	all, err := ReadFile(path, 1<<20)
	if err != nil || !strings.Contains(string(all), "PATH=") {
		t.Fatalf("%q, %v", all, err)
	}
	if b, err := ReadFile(path, len(all)-1); b != nil || err == nil {
		t.Errorf("%d bytes of at most %d, %v", len(b), len(all)-1, err)
	}
}
