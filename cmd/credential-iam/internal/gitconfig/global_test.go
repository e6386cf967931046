package gitconfig

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
)

// irregular are a folder and a fifo, which nobody writes to.
func irregular(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := exec.Command("mkfifo", fifo).Run(); err != nil {
		return []string{dir}
	}
	return []string{dir, fifo}
}

// TestIrregular has git read and write a global file that is none, by its name
// and by the name's link: each is refused, and none is waited for.
func TestIrregular(t *testing.T) {
	for _, path := range irregular(t) {
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		byName, _ := realGit(t)
		byName.Environ = append(byName.Environ, "GIT_CONFIG_GLOBAL="+path)
		byLink, file := realGit(t)
		if err := os.Symlink(path, file); err != nil {
			t.Skip(err)
		}
		for _, g := range []Git{byName, byLink} {
			start := time.Now()
			for _, args := range [][]string{nil, {"--global"}} {
				if _, err := g.List(context.Background(), "", args...); !errors.Is(err, files.ErrNotRegular) {
					t.Errorf("list %v: %v", args, err)
				}
			}
			if _, err := g.Version(context.Background()); !errors.Is(err, files.ErrNotRegular) {
				t.Errorf("version: %v", err)
			}
			if time.Since(start) >= timeout {
				t.Errorf("it was waited for: %s", time.Since(start))
			}
		}
		if now, err := os.Stat(path); err != nil || !os.SameFile(before, now) {
			t.Errorf("%s was replaced (%v)", path, err)
		}
	}
}

// TestHomeless has no home, and so no file of git's in the current folder.
func TestHomeless(t *testing.T) {
	for _, home := range []string{"HOME=", "NOHOME="} {
		g, _ := realGit(t)
		g.Environ[0] = home
		dir := t.TempDir()
		t.Chdir(dir)
		for _, path := range []string{".gitconfig", filepath.Join(".config", "git", "config")} {
			if err := os.MkdirAll(filepath.Join(dir, path), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := g.Version(context.Background()); err != nil {
			t.Errorf("%s: %v", home, err)
		}
		// Git reads this one even so.
		xdg := filepath.Join(t.TempDir(), "git", "config")
		if err := os.MkdirAll(xdg, 0o700); err != nil {
			t.Fatal(err)
		}
		g.Environ = append(g.Environ, "XDG_CONFIG_HOME="+filepath.Dir(filepath.Dir(xdg)))
		if _, err := g.Version(context.Background()); !errors.Is(err, files.ErrNotRegular) {
			t.Errorf("%s, with XDG_CONFIG_HOME: %v", home, err)
		}
		if path := GlobalPath(g.environment()); path != "" {
			t.Errorf("%s: git would write %s", home, path)
		}
	}
}

// The null device is asked for by stat alone: nothing may write there.
func TestIsNull(t *testing.T) {
	if !IsNull(os.DevNull) || IsNull(t.TempDir()) || IsNull(filepath.Join(t.TempDir(), "none")) {
		t.Error("wrong")
	}
}

// Each git says which file its system-wide one is.
func TestSystemPath(t *testing.T) {
	g, _ := realGit(t)
	path, err := g.SystemPath(context.Background())
	if err != nil || !filepath.IsAbs(path) || filepath.Base(path) != "gitconfig" {
		t.Errorf("got %q, %v", path, err)
	}
	g.Environ = append(g.Environ, "GIT_CONFIG_SYSTEM=/x/y")
	if path, err := g.SystemPath(context.Background()); path != "/x/y" || err != nil {
		t.Errorf("got %q, %v", path, err)
	}
}
