package keystore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/keystore"
)

// container is an OCI container of a static program, run by runc as root with
// the host's user ids.
type container struct {
	bundle, id string
	cmd        *exec.Cmd
}

// denied is a seccomp rule.
type denied struct {
	names []string
	errno int
}

// newContainer writes a bundle. The mark of a container is in it if marked, and
// it has a user namespace of its own if mapped.
func newContainer(t *testing.T, exe, id string, marked, mapped bool, rules []denied, steps ...string) *container {
	t.Helper()
	bundle, err := os.MkdirTemp("", "oci") // not t.TempDir: a mapped root must get in
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(bundle) })
	must(t, os.Chmod(bundle, 0o755))
	root := filepath.Join(bundle, "rootfs")
	for _, dir := range []string{"proc", "run", "dev", "tmp"} {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	b, err := os.ReadFile(exe)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "store"), b, 0o755))
	if marked {
		must(t, os.WriteFile(filepath.Join(root, "run", ".containerenv"), nil, 0o644))
	}
	if mapped {
		must(t, filepath.WalkDir(bundle, func(path string, _ os.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, 100000, 100000))
		}))
	}
	namespaces := []map[string]string{{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}}
	linux := map[string]any{"cgroupsPath": "/" + id}
	if mapped {
		namespaces = append(namespaces, map[string]string{"type": "user"})
		ids := []map[string]int{{"containerID": 0, "hostID": 100000, "size": 65536}}
		linux["uidMappings"], linux["gidMappings"] = ids, ids
	}
	linux["namespaces"] = namespaces
	if rules != nil {
		var calls []map[string]any
		for _, r := range rules {
			calls = append(calls, map[string]any{"names": r.names, "action": "SCMP_ACT_ERRNO", "errnoRet": r.errno})
		}
		linux["seccomp"] = map[string]any{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": calls}
	}
	config, err := json.Marshal(map[string]any{
		"ociVersion": "1.0.2",
		"process": map[string]any{"user": map[string]int{"uid": 0, "gid": 0}, "cwd": "/", "noNewPrivileges": true,
			"args": append([]string{"/store"}, steps...), "env": []string{"PATH=/"}},
		"root":   map[string]any{"path": "rootfs", "readonly": true},
		"mounts": []map[string]any{{"destination": "/proc", "type": "proc", "source": "proc"}},
		"linux":  linux,
	})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(bundle, "config.json"), config, 0o644))
	cmd := exec.Command("runc", "run", "--bundle", bundle, id)
	return &container{bundle: bundle, id: id, cmd: cmd}
}

// needRunc skips where containers cannot be run for real.
func needRunc(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a container is for make test")
	}
	if _, err := exec.LookPath("runc"); err != nil || os.Geteuid() != 0 {
		t.Skip("needs runc and root")
	}
}

// hold is that of a program, for the container's.
func (c *container) hold(t *testing.T) (ran, func() ran) {
	t.Helper()
	before, finish, err := hold(t, c.cmd)
	if err != nil && before == "" {
		t.Skipf("runc does not work here: %v", err)
	}
	must(t, err)
	return before, finish
}

const containerKey = "v1/access/container/0"

// Two containers and the host have one user id. What A keeps, B and the host do
// not get through the package; by the key's id they get nothing either.
func TestContainersPrivate(t *testing.T) {
	t.Parallel()
	needRunc(t)
	exe := storeProgram(t)
	id := fmt.Sprintf("ks%d", os.Getpid())
	put := "put=" + containerKey + ",SECRETA,60"
	a := newContainer(t, exe, id+"a", true, false, nil,
		"join=", "session", "open=auto", put, "get="+containerKey, "id="+containerKey, "ready", "wait")
	outA, stop := a.hold(t)
	defer stop()
	if !strings.HasPrefix(outA.step("open"), "kernel") || outA.step("get") != "SECRETA" {
		t.Fatalf("A with a session keyring of its own:\n%s", outA)
	}
	ring, _, _ := strings.Cut(outA.step("session"), " ")
	key := outA.step("id")
	steps := []string{"open=auto", "get=" + containerKey, "list", "open=kernel", "get=" + containerKey, "list",
		"read=" + key, "perm=" + key, "link=" + key, "link=" + ring, "read=" + key}
	check := func(who string, out ran) {
		if strings.Contains(string(out), "SECRETA") {
			t.Errorf("%s reads A's entry:\n%s", who, out)
		}
		for _, name := range []string{"read", "perm", "link"} {
			for _, got := range out.steps(name) {
				if !strings.Contains(got, "denied") {
					t.Errorf("%s: %s by id: %s", who, name, got)
				}
			}
		}
	}
	check("B", run(t, newContainer(t, exe, id+"b", true, false, nil, steps...).cmd))
	check("B in a session of its own", run(t, newContainer(t, exe, id+"c", true, false, nil, append([]string{"join="}, steps...)...).cmd))
	check("the host", run(t, exec.Command(exe, steps...)))
	// Through the package a mark is what makes the difference, not where it runs.
	c := exec.Command(exe, steps...)
	c.Env = append(os.Environ(), "KUBERNETES_SERVICE_HOST=10.0.0.1")
	check("a pod", run(t, c))
}

// Two pods of one user id that show no mark, as containerd starts them and sudo or
// cron leave them: their process id namespaces tell.
func TestContainersUnmarked(t *testing.T) {
	t.Parallel()
	needRunc(t)
	exe := storeProgram(t)
	id := fmt.Sprintf("ksu%d", os.Getpid())
	key := "v1/access/container/" + id
	put := "put=" + key + ",SECRETU,60"
	a, stop := newContainer(t, exe, id+"a", false, false, nil, "open=auto", put, "ready", "wait").hold(t)
	defer stop()
	b := run(t, newContainer(t, exe, id+"b", false, false, nil, "open=kernel", "get="+key).cmd)
	if strings.Contains(string(b), "SECRETU") || !strings.HasPrefix(a.step("open"), "none") || !strings.Contains(a.step("open"), "process id namespace") {
		t.Errorf("A, without a mark:\n%sand B of the same user id:\n%s", a, b)
	}
	c := run(t, newContainer(t, exe, id+"c", false, false, nil, "join=", "open=auto", put, "get="+key).cmd)
	if !strings.HasPrefix(c.step("open"), "kernel (in a container") || c.step("get") != "SECRETU" {
		t.Errorf("with a session keyring of its own:\n%s", c)
	}
}

// The session keyring that runc makes can be joined by its name, and then its keys
// are possessed. So auto does not use it.
func TestContainersRuncSession(t *testing.T) {
	t.Parallel()
	needRunc(t)
	exe := storeProgram(t)
	id := fmt.Sprintf("ksr%d", os.Getpid())
	a := newContainer(t, exe, id+"a", true, false, nil, "session", "open=auto", "ready", "wait")
	outA, stop := a.hold(t)
	defer stop()
	if !strings.HasPrefix(outA.step("open"), "none") {
		t.Errorf("auto in a container with runc's session keyring: %s", outA.step("open"))
	}
	ring, description, _ := strings.Cut(outA.step("session"), " ")
	out := run(t, newContainer(t, exe, id+"b", true, false, nil, "join=_ses."+id+"a").cmd)
	if got := out.step("join"); got != ring {
		// If this ever fails, runc's session keyrings have become private, and
		// sessionPrivate sees that from their permissions.
		t.Errorf("B joins %q by its name: %s", description, got)
	}
}

// What seccomp denies leads on to the next back end, with a reason.
func TestContainersSeccomp(t *testing.T) {
	t.Parallel()
	needRunc(t)
	exe := storeProgram(t)
	const eperm, enosys = 1, 38
	for name, c := range map[string]struct {
		rules []denied
		why   string
	}{
		"docker": {[]denied{{[]string{"keyctl", "add_key", "request_key"}, eperm}}, "add_key is denied"},
		"podman": {[]denied{{[]string{"add_key", "request_key"}, enosys}}, "add_key is denied"},
		"keyctl": {[]denied{{[]string{"keyctl"}, eperm}}, "keyctl is denied"},
	} {
		for _, marked := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s marked=%v", name, marked), func(t *testing.T) {
				id := fmt.Sprintf("kss%d%s%v", os.Getpid(), name, marked)
				out := run(t, newContainer(t, exe, id, marked, false, c.rules,
					"open=auto", "put="+containerKey+",S,60", "get="+containerKey, "open=kernel").cmd)
				opens := out.steps("open")
				if !strings.HasPrefix(opens[0], "none") || !strings.Contains(opens[0], c.why) || !strings.Contains(opens[1], c.why) {
					t.Errorf("got\n%s", out)
				}
				if out.step("put") != "ok" || !strings.Contains(out.step("get"), keystore.ErrNotFound.Error()) {
					t.Errorf("none: got\n%s", out)
				}
			})
		}
	}
}

// A user namespace has a user keyring of its own; a container in one, which might
// share it with others of the same engine, does not use it.
func TestContainersMapped(t *testing.T) {
	t.Parallel()
	needRunc(t)
	exe := storeProgram(t)
	id := fmt.Sprintf("ksm%d", os.Getpid())
	steps := []string{"open=kernel", "put=" + containerKey + ",SECRETM,60", "get=" + containerKey, "ready", "wait"}
	a, stop := newContainer(t, exe, id+"a", false, true, nil, steps...).hold(t)
	defer stop()
	if a.step("get") != "SECRETM" {
		t.Errorf("a user namespace:\n%s", a)
	}
	b := run(t, newContainer(t, exe, id+"b", false, true, nil, "open=kernel", "get="+containerKey).cmd)
	host := run(t, exec.Command(exe, "open=kernel", "get="+containerKey))
	if strings.Contains(string(b+host), "SECRETM") {
		t.Errorf("another namespace reads it:\n%s%s", b, host)
	}
	for _, marked := range []bool{true, false} {
		c := run(t, newContainer(t, exe, fmt.Sprint(id, "c", marked), marked, true, nil, "open=auto").cmd)
		if !strings.HasPrefix(c.step("open"), "none") {
			t.Errorf("a container in a user namespace, marked %v: %s", marked, c.step("open"))
		}
	}
}
