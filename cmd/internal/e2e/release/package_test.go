//go:build linux

package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// output runs a program of this machine, which has to succeed.
func output(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), parts.Program(t, name), args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// wantInstalled checks that the programs and their pages are in a root.
func wantInstalled(t *testing.T, m *empty) {
	t.Helper()
	for _, name := range names() {
		if _, err := os.Stat(filepath.Join(m.root, "usr/bin", name)); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(m.root, "usr/share/man/man1", name+".1")); err != nil {
			t.Error(err)
		}
	}
	if out := m.must("docker-credential-iam version", ""); !strings.Contains(out, "v"+version(t)) {
		t.Errorf("version: %q", out)
	}
}

// wantNothing checks that nothing of ours is in a root.
func wantNothing(t *testing.T, m *empty) {
	t.Helper()
	for _, file := range m.files() {
		if !strings.HasPrefix(file, "/var/lib/dpkg/") && !strings.HasPrefix(file, "/var/lib/rpm") {
			t.Errorf("%s stays", file)
		}
	}
}

// TestRPM does the same with rpm's tools and a database of its own.
func TestRPM(t *testing.T) {
	m, rpm := newEmpty(t), one(t, ".rpm")
	run := func(args ...string) string {
		t.Helper()
		return output(t, m.root, "rpm", append([]string{"--root", m.root, "--nodeps"}, args...)...)
	}
	if out := run("-i", "--ignorearch", rpm); !strings.Contains(out, "credential-iam configure") {
		t.Errorf("no next step:\n%s", out)
	}
	wantInstalled(t, m)
	if out := run("-U", "--ignorearch", "--force", rpm); strings.Contains(out, "nothing is configured") {
		t.Errorf("an upgrade says that nothing is configured:\n%s", out)
	}
	run("-e", "credential-iam")
	wantNothing(t, m)
}

// TestAPK has every program in the package for Alpine.
func TestAPK(t *testing.T) {
	m := newEmpty(t)
	output(t, m.root, "tar", "--warning=no-unknown-keyword", "-xzf", one(t, ".apk"))
	wantInstalled(t, m)
	if info := read(t, filepath.Join(m.root, ".PKGINFO")); !strings.Contains(info, "pkgname = credential-iam\n") {
		t.Errorf("the package says of itself:\n%s", info)
	}
	// apk gives the version, and after an upgrade it runs .post-upgrade.
	if out := m.must("/.post-install 1.2.3-r0", ""); !strings.Contains(out, "credential-iam configure") {
		t.Errorf("no next step: %q", out)
	}
	if _, err := os.Stat(filepath.Join(m.root, ".post-upgrade")); err == nil {
		t.Error("something is said after an upgrade")
	}
}
