package files

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// TestHeldOpen has an editor hold the file as Windows' programs do, and the file change
// once it lets go.
func TestHeldOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	open, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(context.Background(), &Change{File: f, Content: []byte("1")}); !errors.Is(err, errHeld) {
		t.Errorf("a file that is open: %v", err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = open.Close() })
	if err := Apply(context.Background(), &Change{File: f, Content: []byte("2")}); err != nil {
		t.Errorf("a file that was open: %v", err)
	}
	if b, err := helper.ReadFile(path, 10); err != nil || string(b) != "2" {
		t.Errorf("%q, %v", b, err)
	}
}
