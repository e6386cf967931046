//go:build linux

package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// names are all names that are installed.
func names() []string {
	var all []string
	for _, p := range programs.All() {
		all = append(append(all, p.Name), p.Links...)
	}
	return slices.Sorted(slices.Values(all))
}

// signIn makes the machine's root a person of the stand-in's, as gcloud would.
func signIn(t *testing.T, m *empty) *iamtest.Server {
	t.Helper()
	google := envtest.Google(t, iamtest.Options{}, testenv.Deployer)
	dir := filepath.Join(m.root, "root/.config/gcloud")
	check(t, os.MkdirAll(dir, 0o700))
	check(t, os.WriteFile(filepath.Join(dir, "application_default_credentials.json"), google.UserADC(testenv.Person), 0o600))
	return google
}

// TestEmptyMachine: install, configure, get: three commands from nothing to a token,
// with neither Go nor git nor a libc; then an upgrade and the way back.
func TestEmptyMachine(t *testing.T) {
	m := newEmpty(t)
	m.put("release", one(t, ".tar.gz"), filepath.Join(dist(t), "SHA256SUMS"), filepath.Join(dist(t), "install.sh"))
	google := signIn(t, m)

	m.spent = 0
	out := m.must("/release/install.sh --from /release", "")
	for _, name := range names() {
		if !strings.Contains(out, "installed /usr/local/bin/"+name+"\n") {
			t.Errorf("%s is not told of:\n%s", name, out)
		}
	}
	m.must("credential-iam configure --service-account "+testenv.Deployer+" --docker europe-docker.pkg.dev --set endpoint="+google.Endpoint()+" --set keystore=none", "")
	var answer struct{ Username, Secret string }
	check(t, json.Unmarshal([]byte(m.must("docker-credential-iam get", "europe-docker.pkg.dev")), &answer))
	if email, _, ok := google.Inspect(answer.Secret); !ok || email != testenv.Deployer {
		t.Errorf("answered as %q", email)
	}
	if t.Logf("three commands: %s of a processor", m.spent); m.spent > 10*time.Second {
		t.Errorf("from nothing to a token took %s", m.spent)
	}
	for _, link := range []string{"man/man1/credential-iam.1", "man/man7/credential-iam-configuration.7", "bash-completion/completions/credential-iam"} {
		if _, err := os.Stat(filepath.Join(m.root, "usr/local/share", link)); err != nil {
			t.Error(err)
		}
	}

	// Run again, it upgrades in place and leaves nothing half done.
	before := m.files()
	m.must("/release/install.sh --from /release", "")
	if after := m.files(); !slices.Equal(after, before) {
		t.Errorf("after a second run:\n%q\nbefore:\n%q", after, before)
	}

	m.must("credential-iam unconfigure", "")
	_, log, code := m.run("/release/install.sh --uninstall", "")
	if code != 0 || !strings.Contains(log, "credential-iam unconfigure") {
		t.Errorf("uninstall: exit %d\n%s", code, log)
	}
	for _, file := range m.files() {
		if !strings.HasPrefix(file, "/release/") && !strings.Contains(file, "/.config/") && !strings.Contains(file, "/.local/state") && !strings.HasPrefix(file, "/tmp/credential-iam-") {
			t.Errorf("%s stays", file)
		}
	}
}

// TestUnpacked: the archive's own install.sh needs no --from.
func TestUnpacked(t *testing.T) {
	m := newEmpty(t)
	m.put("release", one(t, ".tar.gz"))
	m.must("cd /tmp && tar xzf /release/*.tar.gz && cd credential-iam_* && ./install.sh --bin-dir /opt/bin", "")
	if out := m.must("/opt/bin/credential-iam version", ""); !strings.Contains(out, "docker-credential-iam v"+version(t)) {
		t.Errorf("version: %q", out)
	}
	if _, err := os.Stat(filepath.Join(m.root, "opt/share")); err == nil {
		t.Error("man pages were installed beside a --bin-dir")
	}
}

// TestInstallSumTwice: a line that SHA256SUMS has twice says nothing else than once.
func TestInstallSumTwice(t *testing.T) {
	m := newEmpty(t)
	m.put("release", one(t, ".tar.gz"), filepath.Join(dist(t), "install.sh"))
	sums := read(t, filepath.Join(dist(t), "SHA256SUMS"))
	check(t, os.WriteFile(filepath.Join(m.root, "release/SHA256SUMS"), []byte(sums+sums), 0o644))
	m.must("/release/install.sh --from /release", "")
	m.must("docker-credential-iam version", "")
}

// TestInstallRefuses: what is not the release that was asked for is not installed, and
// the programs that are there stay.
func TestInstallRefuses(t *testing.T) {
	archive := one(t, ".tar.gz")
	sums := read(t, filepath.Join(dist(t), "SHA256SUMS"))
	name := filepath.Base(archive)
	for _, tt := range []struct {
		name, args string
		code       int
		break_     func(dir string) error
		says       string
	}{
		{"another content", "", 1, func(dir string) error {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return err
			}
			b = bytes.Clone(b)
			b[len(b)/2] ^= 1
			return os.WriteFile(filepath.Join(dir, name), b, 0o644)
		}, "the sum of " + name},
		{"no sums", "", 1, func(dir string) error { return os.Remove(filepath.Join(dir, "SHA256SUMS")) }, "has no SHA256SUMS"},
		{"no archive for this machine", "", 1, func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(strings.ReplaceAll(sums, "_linux_", "_plan9_")), 0o644)
		}, "has no archive"},
		{"two versions", "", 1, func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums+strings.ReplaceAll(sums, version(t), "0.0.0")), 0o644)
		}, "--version V"},
		{"two sums of one archive", "", 1, func(dir string) error {
			other := strings.Repeat("0", 64) + "  " + name + "\n"
			return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums+other), 0o644)
		}, "the sum of " + name},
		{"a path in the sums", "", 1, func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(strings.ReplaceAll(sums, "  credential-iam_", "  ../release/credential-iam_")), 0o644)
		}, "has no archive"},
		{"another version", "--version v0.0.0", 1, nil, "of version 0.0.0"},
		{"plain http", "--from http://example.com/", 1, nil, "must be https"},
		{"a signature without minisign", "--key /release/key.pub", 1, nil, "minisign"},
		{"an option of its own", "--prefix /opt", 2, nil, "unknown option --prefix"},
		{"a demo of a release", "--demo --from /release", 2, nil, "--demo takes no --from"},
		{"no such folder", "--from /nonexistent", 1, nil, "there is no such folder"},
		{"an archive that is none", "", 1, func(dir string) error {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644); err != nil {
				return err
			}
			sum := fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte("x")), name)
			return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sum), 0o644)
		}, "cannot unpack " + name},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newEmpty(t)
			m.put("release", archive, filepath.Join(dist(t), "SHA256SUMS"), filepath.Join(dist(t), "install.sh"))
			check(t, os.WriteFile(filepath.Join(m.root, "usr/local/bin/docker-credential-iam"), []byte("the old one"), 0o755))
			if tt.break_ != nil {
				check(t, tt.break_(filepath.Join(m.root, "release")))
			}
			args := tt.args
			if !strings.Contains(args, "--from") {
				args = "--from /release " + args
			}
			_, log, code := m.run("/release/install.sh "+args, "")
			if code != tt.code || !strings.Contains(log, tt.says) || !strings.HasPrefix(log, "install.sh: ") || strings.Count(log, "\n") != 1 {
				t.Errorf("exit %d, want %d; stderr %q, want %q in it", code, tt.code, log, tt.says)
			}
			if got := strings.TrimSpace(m.must("ls -A /usr/local/bin", "")); got != "docker-credential-iam" {
				t.Errorf("the folder holds %q", got)
			}
		})
	}
}

// TestSigned: with a key, only what it signed is installed.
func TestSigned(t *testing.T) {
	archive := one(t, ".tar.gz")
	for _, tt := range []struct {
		name   string
		code   int
		break_ func(m *empty)
	}{
		{"as it is", 0, func(*empty) {}},
		{"another sum", 1, func(m *empty) {
			m.must("cd /release && sed -i s/^./0/ SHA256SUMS", "")
		}},
		{"another key", 1, func(m *empty) { m.must("minisign -G -W -f -s /tmp/other -p /release/key.pub", "") }},
		{"no signature", 1, func(m *empty) { m.must("rm /release/SHA256SUMS.minisig", "") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newEmpty(t)
			m.put("release", archive, filepath.Join(dist(t), "SHA256SUMS"), filepath.Join(dist(t), "SHA256SUMS.minisig"), filepath.Join(dist(t), "install.sh"), made.key+".pub")
			m.put("usr/bin", filepath.Join(root(), ".tools", "minisign"))
			tt.break_(m)
			_, log, code := m.run("/release/install.sh --from /release --key /release/key.pub", "")
			if code != tt.code {
				t.Errorf("exit %d, want %d\n%s", code, tt.code, log)
			}
			if there := strings.Contains(m.must("ls /usr/local/bin", ""), "docker-credential-iam"); there != (tt.code == 0) {
				t.Errorf("installed: %v", there)
			}
		})
	}
}

// TestUninstallOnWindows: install.ps1, which is not run here, knows the name of every
// program and link that it has installed, and of nothing else.
func TestUninstallOnWindows(t *testing.T) {
	m := regexp.MustCompile(`-match '(\^.*\.exe\$)'`).FindStringSubmatch(read(t, filepath.Join(root(), "install.ps1")))
	if m == nil {
		t.Fatal("install.ps1 looks for no names")
	}
	ours := regexp.MustCompile(m[1])
	for _, name := range names() {
		if !ours.MatchString(name + ".exe") {
			t.Errorf("it leaves %s.exe", name)
		}
	}
	for _, name := range []string{"docker.exe", "docker-credential-wincred.exe", "my-credential-iam.exe", "credential-iam.exe.bak"} {
		if ours.MatchString(name) {
			t.Errorf("it removes %s", name)
		}
	}
}
