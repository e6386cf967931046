package owner

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A link is given to the owner of its folder, and nothing that came into its place.
func TestSymlink(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give a file away")
	}
	const person = 1234
	dir := t.TempDir()
	if err := os.Chown(dir, person, person); err != nil {
		t.Skip(err)
	}
	of := func(path string) uint32 {
		t.Helper()
		st, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		return st.Sys().(*syscall.Stat_t).Uid
	}
	link, target := filepath.Join(dir, "link"), filepath.Join(t.TempDir(), "target")
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Symlink(target, link); err != nil || of(link) != person || of(target) != 0 {
		t.Errorf("%v, %d, %d", err, of(link), of(target))
	}
	if err := Symlink(target, link); err == nil {
		t.Error("a link replaces another")
	}
	st, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	file, twice := filepath.Join(dir, "file"), filepath.Join(dir, "twice")
	for _, err := range []error{os.WriteFile(file, nil, 0o600), os.Symlink(target, twice), os.Link(twice, twice+"2")} {
		if err != nil {
			t.Skip(err)
		}
	}
	for _, path := range []string{file, twice, filepath.Join(dir, "nothing")} {
		giveLink(path, st)
	}
	if of(file) != 0 || of(twice) != 0 {
		t.Errorf("given away: %d, %d", of(file), of(twice))
	}
}
