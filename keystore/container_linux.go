package keystore

import (
	"os"

	"golang.org/x/sys/unix"
)

// world is what distinguishes a container from a machine.
type world struct {
	getenv func(string) string
	exists func(path string) bool
	// pidNamespace is the inode number of this process's process id namespace.
	pidNamespace func() (uint64, error)
}

func thisWorld(getenv func(string) string) world {
	return world{getenv, exists, pidNamespace}
}

// initialPID is the inode number of the first process id namespace of a kernel
// (PROC_PID_INIT_INO in include/uapi/linux/nsfs.h): that of the machine itself.
const initialPID = 0xeffffffc

// containerMark returns what says that this process runs in a container, or "".
//
// The keyring of a user belongs to a user id in a user namespace, and containers
// share both more often than not. Under a rootful engine they have the host's
// user ids. Under a rootless one their ids are mapped, but all containers of that
// engine live in its one user namespace. So a mapped id proves nothing, and
// every container is taken to share its user keyring.
//
// The usual marks are not everywhere: a pod of containerd has no file, and sudo,
// su, sshd and cron drop its variables. What every container has by default is a
// process id namespace of its own. One that cannot be seen is assumed to be
// another's. A container that uses the machine's (hostPID) has no mark.
func (w world) containerMark() string {
	for _, name := range []string{"KUBERNETES_SERVICE_HOST", "container"} {
		if w.getenv(name) != "" {
			return "$" + name
		}
	}
	for _, path := range []string{"/.dockerenv", "/run/.containerenv"} {
		if w.exists(path) {
			return path
		}
	}
	switch id, err := w.pidNamespace(); {
	case err != nil:
		return "its process id namespace cannot be seen"
	case id != initialPID:
		return "a process id namespace of its own"
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func pidNamespace() (uint64, error) {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &st); err != nil {
		return 0, err
	}
	return st.Ino, nil
}
