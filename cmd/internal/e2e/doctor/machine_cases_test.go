package doctor

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/keystore/keystoretest/dbustest"
)

// TestPath has the programs where docker does not find them.
func TestPath(t *testing.T) {
	m := newMachine(t)
	bin := envtest.Programs(t)
	var rest []string
	for _, dir := range filepath.SplitList(m.Env["PATH"]) {
		if dir != bin {
			rest = append(rest, dir)
		}
	}
	// The command alone is found.
	m.Env["PATH"] = strings.Join(rest, string(os.PathListSeparator))
	m.program(t, "credential-iam", `exec `+bin+`/credential-iam "$@"`)
	broken{check: "docker-credential-iam", result: "error", fix: "export PATH="}.run(t, m)
}

// TestKeystore has nothing cached.
func TestKeystore(t *testing.T) {
	with := func(keystore string) string {
		return strings.Replace(well, "$SECTION", `"serviceAccount":"$DEPLOYER","endpoint":"$IAM"`+keystore, 1)
	}
	t.Run("none", func(t *testing.T) {
		broken{config: with(`,"keystore":"none"`), editor: `edit 's/"none"/"tmpfs"/' "$1"`, check: "keystore", result: "warning", fix: "EDITOR"}.run(t, newMachine(t))
	})
	t.Run("container", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("containers are Linux's")
		}
		m := newMachine(t)
		m.Env["KUBERNETES_SERVICE_HOST"] = "10.0.0.1" // the mark of a pod
		broken{config: with(""), check: "keystore", result: "warning", fix: "credential-iam configure --set keystore=tmpfs"}.run(t, m)
	})
}

// TestOldDocker has a docker that hides the helper's errors.
func TestOldDocker(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the fix is Linux's")
	}
	m := newMachine(t)
	// Docker's script for a new one, of this test.
	m.program(t, "docker", `echo "Docker version $(cat $HOME/docker-version), build x"`)
	m.write(t, "docker-version", "27.5.1")
	m.program(t, "sudo", `exec "$@"`)
	m.program(t, "curl", `[ "$*" = "-fsSL https://get.docker.com" ] && echo 'echo 29.1.3 >$HOME/docker-version'`)
	broken{check: "docker", result: "warning", fix: "https://get.docker.com"}.run(t, m)
}

// TestEndpoint has an API that is not there, by a setting of the person's or a proxy's.
func TestEndpoint(t *testing.T) {
	config := strings.Replace(well, "$SECTION", `"serviceAccount":"$DEPLOYER","keystore":"tmpfs","endpoint":"https://127.0.0.1:1/"`, 1)
	m := newMachine(t)
	m.write(t, "edit.sed", "s,https://127.0.0.1:1/,$IAM,")
	broken{config: config, editor: `edit "$(cat $HOME/edit.sed)" "$1"`, check: "api", result: "error", fix: "EDITOR"}.run(t, m)
}

// TestWritable has a configuration that every user of the machine can change, or whose
// folder they can.
func TestWritable(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists")
	}
	for path, mode := range map[string]os.FileMode{".docker/config.json": 0o666, ".docker": 0o777} {
		t.Run(path, func(t *testing.T) {
			broken{spoil: func(t *testing.T, m *machine) { envtest.Check(t, os.Chmod(m.Path(path), mode)) },
				check: "configuration", result: "warning", fix: "chmod go-w "}.run(t, newMachine(t))
		})
	}
}

// TestClock has the clock of this machine be wrong.
func TestClock(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the fix is Linux's")
	}
	m := newMachine(t)
	// The stand-in's clock is set instead of this machine's.
	m.program(t, "sudo", `exec "$@"`)
	m.program(t, "timedatectl", `[ "$*" = "set-ntp true" ] && rm $HOME/wrong`)
	m.write(t, "wrong", "")
	m.google.SetClock(func() time.Time {
		if _, err := os.Stat(m.Path("wrong")); err == nil {
			return time.Now().Add(-10 * time.Minute)
		}
		return time.Now()
	})
	broken{check: "clock", result: "warning", fix: "sudo timedatectl set-ntp true"}.run(t, m)
}

// lockable has a machine without a desktop whose keyring is there, and locks it.
func lockable(t *testing.T) (*machine, func(*testing.T)) {
	t.Helper()
	parts.Program(t, "gnome-keyring-daemon")
	parts.Program(t, "dbus-daemon")
	s, err := dbustest.Start()
	envtest.Check(t, err)
	t.Cleanup(func() { envtest.Check(t, s.Close()) })
	envtest.Check(t, s.StartKeyring(true))
	m := newMachine(t)
	delete(m.Env, "DISPLAY")
	delete(m.Env, "WAYLAND_DISPLAY")
	m.Env["DBUS_SESSION_BUS_ADDRESS"], m.Env["GNOME_KEYRING_CONTROL"] = s.Address, s.Dir
	for _, v := range s.Env() { // where the daemon keeps its files
		if name, value, _ := strings.Cut(v, "="); name == "XDG_DATA_HOME" || name == "HOME" && m.Env["XDG_DATA_HOME"] == "" {
			m.Env["XDG_DATA_HOME"] = value
		}
	}
	return m, func(t *testing.T) { envtest.Check(t, s.Lock()) }
}

// TestLocked has a source identity in a keyring that is locked, without a desktop
// that could ask for its password.
func TestLocked(t *testing.T) {
	m, lock := lockable(t)
	m.write(t, ".docker/config.json", well)
	m.Must(t, m.dir, nil, "credential-iam", "source", "add", "work", "--from", m.ADC())
	config := strings.Replace(well, "$SECTION", `$SECTION,"source":"keyring:work"`, 1)
	m.types = "a password\n"
	broken{config: config, spoil: func(t *testing.T, _ *machine) { lock(t) },
		check: "source", result: "error", fix: "gnome-keyring-daemon --replace --unlock"}.run(t, m)
}

// TestLockedKeystore has the tokens in a locked keyring: status says how to open it,
// as doctor does.
func TestLockedKeystore(t *testing.T) {
	m, lock := lockable(t)
	m.write(t, ".docker/config.json", strings.Replace(well, "$SECTION", `"serviceAccount":"$DEPLOYER","keystore":"keyring"`, 1))
	if out := m.Must(t, m.dir, nil, "credential-iam", "status"); strings.Contains(out, "run:") {
		t.Errorf("an open one: %s", out)
	}
	lock(t)
	const fix = "\n          run: gnome-keyring-daemon --replace --unlock\n"
	if out := m.Must(t, m.dir, nil, "credential-iam", "status"); !strings.Contains(out, fix) {
		t.Errorf("a locked one: %s", out)
	}
}
