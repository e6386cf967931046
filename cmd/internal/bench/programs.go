package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const module = "github.com/credential-iam/credential-iam/cmd/"

// ours are the programs that are built and measured; empty and launch belong to
// the measuring.
var ours = []string{"docker-credential-iam", "git-credential-iam", "credential-iam-client", "credential-iam"}

// measured are the programs that are compared.
func measured() []string { return append([]string{"empty"}, ours...) }

// build makes the programs as install.sh does, and what belongs to the measuring
// with the flags of a release. It is run in the module's folder, or anywhere below.
func build(ctx context.Context, dir string) error {
	made := filepath.Join(dir, "made")
	if err := os.Mkdir(made, 0o755); err != nil {
		return err
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("go list -m: %w", err)
	}
	for _, line := range [][]string{
		{filepath.Join(strings.TrimSpace(string(root)), "install.sh"), "--bin-dir", made},
		{"go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", made + string(filepath.Separator), module + "internal/bench/testdata/empty", module + "internal/bench/testdata/launch", module + "internal/bench/testdata/library"},
	} {
		cmd := exec.CommandContext(ctx, line[0], line[1:]...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if err := tell(cmd); err != nil {
			return err
		}
	}
	return copyAll(made, dir)
}

// copyAll copies the files of one folder into another, see the package comment.
func copyAll(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := copyFile(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return os.RemoveAll(from)
}

func copyFile(from, to string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	_, err = io.Copy(struct{ io.Writer }{dst}, src) // not ReadFrom, which may share the pieces
	return err
}

// evictAll drops the programs from the page cache.
func (b *bench) evictAll() error {
	var all []error
	for _, name := range measured() {
		all = append(all, evict(b.program(name)))
	}
	return errors.Join(all...)
}

// program returns the path of a program that was built.
func (b *bench) program(name string) string { return filepath.Join(b.dir, "bin", name) }

// machine is the tool chain's and the system's, for the head of the report.
func (b *bench) machine() string {
	return fmt.Sprintf("%s, %s, %d processors of type %s", runtime.Version(), runtime.GOOS, runtime.NumCPU(), processor())
}

// processor is the name of the processor's model, where the system has one.
func processor() string {
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(raw)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return runtime.GOARCH
}
