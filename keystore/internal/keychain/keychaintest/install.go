package keychaintest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Install builds the stand-in and returns its path in a new folder, which has its
// items. Without Go the test is skipped.
func Install(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go")
	}
	path := filepath.Join(t.TempDir(), "security")
	cmd := exec.Command("go", "build", "-o", path, "github.com/credential-iam/credential-iam/keystore/internal/keychain/keychaintest/testdata/security")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// Script writes a script that plays security, and returns its path. $0 is the path.
func Script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "security")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
