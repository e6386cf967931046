package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/clients/parts"
)

// A dockerd that gives up is not waited for: its reason is told at once, and
// nothing is left of it.
func TestStartTellsWhy(t *testing.T) {
	parts.Program(t, "sh")
	bin, tmp := t.TempDir(), t.TempDir()
	script := "#!/bin/sh\necho 'no such driver' >&2\nexit 7\n"
	if err := os.WriteFile(filepath.Join(bin, "dockerd"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("TMPDIR", tmp)
	e, err := Start()
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
