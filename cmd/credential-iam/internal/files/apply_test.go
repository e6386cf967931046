package files

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// broken is a step that fails.
type broken struct{ prepare, commit, rollback error }

func (b broken) Prepare(context.Context) error { return b.prepare }
func (b broken) Commit() error                 { return b.commit }
func (b broken) Rollback() error               { return b.rollback }
func (b broken) Discard()                      {}

// world has a file to change, one to remove and one to make in a new folder.
type world struct{ changed, removed, made string }

func newWorld(t *testing.T) world {
	t.Helper()
	dir := t.TempDir()
	w := world{filepath.Join(dir, "changed"), filepath.Join(dir, "removed"), filepath.Join(dir, "a", "b", "made")}
	write(t, w.changed, "old", 0o640)
	write(t, w.removed, "old", 0o400)
	return w
}

func (w world) steps(t *testing.T) []Step {
	t.Helper()
	return []Step{
		&Change{File: read(t, w.changed), Content: []byte("new"), GitLock: true},
		&Change{File: read(t, w.removed)},
		&Change{File: read(t, w.made), Content: []byte("new")},
	}
}

// asBefore checks that nothing is left of a run.
func (w world) asBefore(t *testing.T) {
	t.Helper()
	for path, mode := range map[string]os.FileMode{w.changed: 0o640, w.removed: 0o400} {
		raw, err := os.ReadFile(path)
		st, _ := os.Stat(path)
		if err != nil || string(raw) != "old" || runtime.GOOS != "windows" && st.Mode().Perm() != mode {
			t.Errorf("%s: %q, %v, %v", path, raw, st, err)
		}
	}
	onlyFile(t, filepath.Dir(w.changed), 2)
}

func TestApply(t *testing.T) {
	w := newWorld(t)
	if err := Apply(t.Context(), w.steps(t)...); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{w.changed: "new", w.made: "new"} {
		if raw, err := os.ReadFile(path); err != nil || string(raw) != want {
			t.Errorf("%s: %q, %v", path, raw, err)
		}
	}
	onlyFile(t, filepath.Dir(w.changed), 2)
	onlyFile(t, filepath.Dir(w.made), 1)
}

func TestApplyIsAllOrNone(t *testing.T) {
	wrong := errors.New("wrong")
	for name, b := range map[string]broken{"prepare": {prepare: wrong}, "commit": {commit: wrong}} {
		w := newWorld(t)
		if err := Apply(t.Context(), append(w.steps(t), b)...); !errors.Is(err, wrong) {
			t.Errorf("%s: %v", name, err)
		}
		w.asBefore(t)
	}
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Apply(ctx, w.steps(t)...); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	w.asBefore(t)
}

// What cannot be taken back is said, and is no reason to try again.
func TestHalfway(t *testing.T) {
	w := newWorld(t)
	lost := errors.New("lost")
	err := Apply(t.Context(), append(append([]Step{broken{rollback: lost}}, w.steps(t)...), broken{commit: ErrChanged})...)
	if !errors.Is(err, ErrHalfway) || !errors.Is(err, lost) || errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
	w.asBefore(t)
}

// What another program writes after the change is not put back over.
func TestRollbackKeepsOthers(t *testing.T) {
	w := newWorld(t)
	c := &Change{File: read(t, w.changed), Content: []byte("new")}
	if err := errors.Join(c.Prepare(t.Context()), c.Commit()); err != nil {
		t.Fatal(err)
	}
	write(t, w.changed, "theirs", 0o600)
	if err := c.Rollback(); err != nil {
		t.Error(err)
	}
	if raw, err := os.ReadFile(w.changed); err != nil || string(raw) != "theirs" {
		t.Errorf("%q, %v", raw, err)
	}
}

// A check sees the new file, and what it refuses does not come into its place.
func TestCheck(t *testing.T) {
	w := newWorld(t)
	wrong := errors.New("wrong")
	steps := w.steps(t)
	steps[0].(*Change).Check = func(_ context.Context, path string) error {
		if raw, err := os.ReadFile(path); err != nil || string(raw) != "new" {
			t.Errorf("it sees %q, %v", raw, err)
		}
		return wrong
	}
	if err := Apply(t.Context(), steps...); !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
	w.asBefore(t)
}

// TestFixes has what keeps a file from being read or replaced, and runs the command
// that the error names. What only another user than root meets is tested with the
// programs.
func TestFixes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are a shell's")
	}
	for name, breaks := range map[string]func(path string) error{
		"a stale lock":          func(path string) error { return os.WriteFile(path+".lock", nil, 0o600) },
		"a folder in its place": func(path string) error { return os.Mkdir(path, 0o700) },
		"a fifo in its place":   func(path string) error { return exec.Command("mkfifo", path).Run() },
		"a link to itself":      func(path string) error { return os.Symlink(path, path) },
		"a file in its folder's place": func(path string) error {
			_ = os.Remove(filepath.Dir(path))
			return os.WriteFile(filepath.Dir(path), nil, 0o600)
		},
		"a link to nothing in its folder's place": func(path string) error {
			dir := filepath.Dir(path)
			return errors.Join(os.Remove(dir), os.Symlink(filepath.Join(dir+"x", "y"), dir))
		},
		"a link to itself in its folder's place": func(path string) error {
			dir := filepath.Dir(path)
			return errors.Join(os.Remove(dir), os.Symlink(dir, dir))
		},
		"a link that leads below a file": func(path string) error {
			return errors.Join(os.WriteFile(path+"x", nil, 0o600), os.Symlink(path+"x/y", path))
		},
		"a link to a folder of its own": func(path string) error { return errors.Join(os.Mkdir(path+"x", 0o700), os.Symlink(path+"x", path)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "it's a folder", "file")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := breaks(path); err != nil {
				t.Skip(err)
			}
			try := func() error {
				f, err := Read(path)
				if err != nil {
					return err
				}
				return Apply(t.Context(), &Change{File: f, Content: []byte("new"), GitLock: true})
			}
			err := try()
			var e *Error
			if !errors.As(err, &e) || e.Fix == "" {
				t.Fatalf("got %v", err)
			}
			if out, err := exec.Command("sh", "-c", e.Fix).CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", e.Fix, err, out)
			}
			if err := try(); err != nil {
				t.Errorf("after %q: %v", e.Fix, err)
			}
		})
	}
}

// TestFixesDestroyNothing has paths of which the fix, taken literally, must not touch
// anything but the person's own link.
func TestFixesDestroyNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are a shell's")
	}
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := errors.Join(os.Mkdir(other, 0o700), os.WriteFile(filepath.Join(other, "file"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{
		"a device": os.DevNull, "below a device": os.DevNull + "/x", "a folder": other, "below a file": other + "/file/x",
	} {
		link := filepath.Join(dir, "link")
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
		var e *Error
		if _, err := Read(link); !errors.As(err, &e) || e.Fix != "rm "+link {
			t.Errorf("a link to %s: %+v", name, e)
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{os.DevNull, os.DevNull + "/.docker/config.json"} {
		var e *Error
		if _, err := Read(path); !errors.As(err, &e) || e.Fix != "" {
			t.Errorf("%s: %+v", path, e)
		}
	}
	var e *Error
	if _, err := Read(other); !errors.As(err, &e) || e.Fix != "mv "+other+" "+other+".old" {
		t.Errorf("a folder with a file: %+v", e)
	}
	if _, err := Read(other + "/file/x"); !errors.As(err, &e) || e.Fix != "mv "+other+"/file "+other+"/file.old" {
		t.Errorf("below a file: %+v", e)
	}
}

func TestOwnership(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are a shell's")
	}
	for path, want := range map[string]string{
		"/home/x/.docker": `sudo chown -R "$(id -u)" /home/x/.docker`, "/home/x": `sudo chown "$(id -u)" /home/x`,
		"/": `export HOME="$(mktemp -d)"`, "/etc": `export HOME="$(mktemp -d)"`, "/etc/x y": `sudo chown "$(id -u)" '/etc/x y'`,
	} {
		if got := ownership(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
