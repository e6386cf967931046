package core

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
)

// A credential file keeps its mode and the links to it, and what somebody else
// wrote meanwhile is not overwritten.
func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "adc.json"), filepath.Join(dir, "link.json")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	if err := replaceFile(link, []byte("old"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(path)
	st, err := os.Stat(path)
	if err != nil || string(raw) != "new" || st.Mode().Perm() != 0o640 {
		t.Errorf("%q, %v, %v", raw, st.Mode(), err)
	}
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if err := replaceFile(path, []byte("old"), []byte("newer")); !errors.Is(err, files.ErrChanged) {
		t.Errorf("another's content was replaced: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}
