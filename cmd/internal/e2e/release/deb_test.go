//go:build linux

package release

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// debian is a root that has Debian, as debootstrap makes it: "make check-release".
var debian = flag.String("debian", "", "the `folder` of a Debian to install the deb in, instead of an empty machine")

// newDebian makes the machine for the deb, and returns what runs dpkg there: in a
// Debian its own, in a machine that is empty this machine's.
func newDebian(t *testing.T) (m *empty, dpkg func(args ...string) string) {
	t.Helper()
	if *debian == "" {
		m = newEmpty(t)
		for _, dir := range []string{"info", "updates", "triggers"} {
			check(t, os.MkdirAll(filepath.Join(m.root, "var/lib/dpkg", dir), 0o755))
		}
		check(t, os.WriteFile(filepath.Join(m.root, "var/lib/dpkg/status"), nil, 0o644))
		// dpkg removes a folder that a package leaves empty, and no machine's is.
		check(t, os.WriteFile(filepath.Join(m.root, "usr/bin/other"), nil, 0o755))
		return m, func(args ...string) string {
			t.Helper()
			for i, arg := range args {
				if strings.HasPrefix(arg, "/") {
					args[i] = filepath.Join(m.root, arg)
				}
			}
			return output(t, m.root, "dpkg", append([]string{"--root=" + m.root, "--log=/dev/null"}, args...)...)
		}
	}
	m = &empty{t: t, root: filepath.Join(t.TempDir(), "debian"), env: []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}}
	output(t, "", "cp", "-a", "--reflink=auto", *debian, m.root)
	m.mount()
	return m, func(args ...string) string { t.Helper(); return m.must("dpkg "+strings.Join(args, " "), "") }
}

// older makes the deb of an earlier version, which has a program that is gone since.
func older(t *testing.T, deb, to string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "deb")
	output(t, "", "dpkg-deb", "-R", deb, dir)
	control := filepath.Join(dir, "DEBIAN/control")
	check(t, os.WriteFile(control, []byte(regexp.MustCompile(`(?m)^Version: .*`).ReplaceAllString(read(t, control), "Version: 0.0.0")), 0o644))
	check(t, os.WriteFile(filepath.Join(dir, "usr/bin/credential-iam-gone"), []byte("#!/bin/sh\n"), 0o755))
	output(t, "", "dpkg-deb", "--root-owner-group", "-Znone", "-b", dir, to)
}

// tree lists a machine's files but for those of its people, of dpkg's and of ld.so's.
func (m *empty) tree() []string {
	m.t.Helper()
	return strings.Split(m.must(`find / \( -path /proc -o -path /dev -o -path /tmp -o -path /root -o -path /release -o -path /var/lib/dpkg -o -path /var/log \) -prune -o -print | sort`, ""), "\n")
}

// TestDeb: install, configure, get: three commands. An upgrade keeps the configuration
// and the token and takes away what the new version has not; after a purge nothing is
// left of it.
func TestDeb(t *testing.T) {
	deb := one(t, ".deb")
	m, dpkg := newDebian(t)
	m.put("release", deb)
	older(t, deb, filepath.Join(m.root, "release/older.deb"))
	google := signIn(t, m)
	before := m.tree()

	get := func() {
		t.Helper()
		var answer struct{ Secret string }
		check(t, json.Unmarshal([]byte(m.must("docker-credential-iam get", "europe-docker.pkg.dev")), &answer))
		if email, _, ok := google.Inspect(answer.Secret); !ok || email != testenv.Deployer {
			t.Errorf("answered as %q", email)
		}
	}
	start := time.Now()
	out := dpkg("-i", "/release/older.deb")
	m.must("credential-iam configure --service-account "+testenv.Deployer+" --docker europe-docker.pkg.dev --set endpoint="+google.Endpoint()+" --set keystore=tmpfs", "")
	get()
	t.Logf("from nothing to an answer in %s", time.Since(start).Round(time.Millisecond))
	if !strings.Contains(out, "next, as the user who runs docker or git: credential-iam configure") {
		t.Errorf("no next step:\n%s", out)
	}
	gone := filepath.Join(m.root, "usr/bin/credential-iam-gone")
	_, err := os.Lstat(gone)
	check(t, err)

	calls := google.Calls("generateAccessToken")
	if out := dpkg("-i", "/release/"+filepath.Base(deb)); strings.Contains(out, "nothing is configured") {
		t.Errorf("an upgrade says that nothing is configured:\n%s", out)
	}
	wantInstalled(t, m)
	if _, err := os.Lstat(gone); err == nil {
		t.Error("the upgrade left a program of the earlier version")
	}
	if get(); google.Calls("generateAccessToken") != calls {
		t.Error("the upgrade lost the token or the configuration")
	}
	m.must("git-credential-iam get", "protocol=https\nhost=europe-docker.pkg.dev\n\n")
	m.must("credential-iam status", "")

	m.must("credential-iam purge --host europe-docker.pkg.dev && credential-iam unconfigure", "")
	dpkg("-P", "credential-iam")
	if after := m.tree(); !slices.Equal(after, before) {
		without := func(all, these []string) []string {
			return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(these, name) })
		}
		t.Errorf("after the purge there are %q and no longer %q", without(after, before), without(before, after))
	}
	for _, file := range m.files() {
		for _, other := range []string{"/release/", "/root/.config/", "/root/.local/state/", "/tmp/credential-iam-"} {
			if strings.HasPrefix(file, other) {
				file = ""
				break
			}
		}
		if file != "" {
			t.Errorf("%s stays", file)
		}
	}
}
