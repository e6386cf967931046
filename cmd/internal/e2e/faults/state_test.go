//go:build linux

package faults

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// state is a state of a keystore or of the machine in which every fault is
// tried. None of them may cost more than speed.
type state struct {
	name     string
	keystore string
	// own runs the programs as the test's own user.
	own bool
	// shared is made once for all machines of the state: environment variables.
	shared func(t *testing.T) []string
	// prepare changes a machine; it skips what cannot be had here.
	prepare func(t *testing.T, m *machine.Machine)
	// lost says that nothing can be kept in this state.
	lost bool
}

func states() []state {
	return []state{
		{name: "usual keystore"},
		{name: "tmpfs", keystore: "tmpfs"},
		{name: "none", keystore: "none", lost: true},
		{name: "kernel quota used up", keystore: "kernel", lost: true,
			prepare: func(_ *testing.T, m *machine.Machine) { m.FillKernelQuota() }},
		{name: "keyring without a bus", keystore: "keyring", lost: true, prepare: noBus},
		{name: "keyring on a mute bus", keystore: "keyring", lost: true, prepare: muteBus},
		{name: "keyring locked", keystore: "keyring", lost: true, own: true, shared: lockedKeyring},
		{name: "locks not writable", prepare: locksNotWritable},
		{name: "lock folder of another user", prepare: foreignLocks},
		{name: "home read-only", prepare: readOnlyHome},
		{name: "no HOME", prepare: noHome},
		{name: "disk full", prepare: fullDisk},
		{name: "current folder gone", prepare: folderGone},
	}
}

// noBus names a bus where nobody listens.
func noBus(_ *testing.T, m *machine.Machine) {
	m.Env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + filepath.Join(m.Run, "no-bus")
}

// muteBus is a bus of the machine's own user that takes connections and never
// says a word.
func muteBus(t *testing.T, m *machine.Machine) {
	path := filepath.Join(m.Run, "bus")
	var ln net.Listener
	err := m.As(func() (err error) { // who listens is whose the bus is
		ln, err = net.Listen("unix", path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
		}
	}()
	m.Env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + path
}

// lockedKeyring is a real gnome-keyring whose login keyring is locked.
func lockedKeyring(t *testing.T) []string {
	s := keystoretest.StartBus(t)
	s.StartKeyring(t, true)
	s.Lock(t)
	return []string{"DBUS_SESSION_BUS_ADDRESS=" + s.Address}
}

// locksNotWritable takes the right to make locks.
func locksNotWritable(t *testing.T, m *machine.Machine) {
	if os.Geteuid() == 0 && !m.Isolated {
		t.Skip("root may write everywhere")
	}
	dir := filepath.Join(m.Run, "credential-iam")
	mustAs(t, m, func() error { return os.Mkdir(dir, 0o500) })
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
}

// foreignLocks has another user make the lock folder first.
func foreignLocks(t *testing.T, m *machine.Machine) {
	if !m.Isolated {
		t.Skip("needs two users: run as root")
	}
	delete(m.Env, "XDG_RUNTIME_DIR")
	if err := os.Mkdir(m.LockDir(), 0o700); err != nil {
		t.Fatal(err)
	}
}

// readOnlyHome lets nobody write below the home folder.
func readOnlyHome(t *testing.T, m *machine.Machine) {
	if os.Geteuid() == 0 && !m.Isolated {
		t.Skip("root may write everywhere")
	}
	var dirs []string
	for _, dir := range []string{"", ".docker", ".config", ".config/gcloud"} {
		dirs = append(dirs, filepath.Join(m.Dir, dir))
	}
	for _, dir := range dirs {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	}
}

// noHome is a service without a home: its files are named.
func noHome(_ *testing.T, m *machine.Machine) {
	delete(m.Env, "HOME")
	m.Env["DOCKER_CONFIG"] = filepath.Join(m.Dir, ".docker")
	m.Env["GOOGLE_APPLICATION_CREDENTIALS"] = m.ADC()
}

// fullDisk puts the runtime and temporary folders on a file system without room
// for a byte or a name. The mounts are seen by the program alone and end with
// it.
func fullDisk(t *testing.T, m *machine.Machine) {
	if !m.Isolated {
		t.Skip("only root can mount")
	}
	for _, program := range []string{"unshare", "mount", "setpriv"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s here", program)
		}
	}
	uid := strconv.Itoa(m.UID)
	const script = `
		for dir in "$1" "$2"; do
			mount -t tmpfs -o "size=4k,nr_inodes=3,mode=0700,uid=$3,gid=$3" full "$dir" || exit 125
		done
		mkdir -m 0700 "$1/credential-iam" && chown "$3:$3" "$1/credential-iam"
		dd if=/dev/zero of="$1/full" bs=4k count=1 2>/dev/null
		dd if=/dev/zero of="$2/full" bs=4k count=1 2>/dev/null; mkdir "$2/more"
		id=$3
		shift 3
		exec setpriv --reuid="$id" --regid="$id" --clear-groups -- "$@"`
	m.Wrap = func(args []string) []string {
		return append([]string{"unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", m.Run, m.Temp, uid}, args...)
	}
	if out, err := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c",
		`mount -t tmpfs -o size=4k full "$0"`, m.Temp).CombinedOutput(); err != nil {
		t.Skipf("cannot mount here: %s", out)
	}
}

// folderGone runs the programs in a folder that has been removed.
func folderGone(t *testing.T, m *machine.Machine) {
	const script = `mkdir gone && cd gone && rmdir ../gone && exec "$@"`
	m.Wrap = func(args []string) []string {
		if m.Isolated {
			uid := strconv.Itoa(m.UID)
			args = append([]string{"setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "--"}, args...)
		}
		return append([]string{"sh", "-c", script, "sh"}, args...)
	}
	if _, err := exec.LookPath("setpriv"); err != nil && m.Isolated {
		t.Skip("no setpriv here")
	}
}

func mustAs(t *testing.T, m *machine.Machine, f func() error) {
	t.Helper()
	if err := m.As(f); err != nil {
		t.Fatal(err)
	}
}
