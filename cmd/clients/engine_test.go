package clients

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/clients/parts"
)

// engine is a Docker engine of our own, apart from one that the machine has: its
// socket, data and state lie in a temporary folder, and it touches no firewall
// and no bridge.
type engine struct {
	once   sync.Once
	err    error
	dir    string
	cmd    *exec.Cmd
	leash  io.Closer
	exited chan error
}

// sharedEngine serves all tests; starting one takes seconds.
var sharedEngine engine

// leashed runs dockerd until standard input ends, which it does when this
// process ends in any way. A second signal would be the impatient one.
const leashed = `"$@" & child=$!; cat >/dev/null; kill "$child"; wait "$child"`

func (e *engine) start() {
	if e.dir, e.err = os.MkdirTemp("", "ciam-engine-"); e.err != nil {
		return
	}
	at := func(name string) string { return filepath.Join(e.dir, name) }
	e.cmd = exec.Command("sh", "-c", leashed, "sh", "dockerd", "--host", "unix://"+at("docker.sock"),
		"--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid"), "--config-file", at("none.json"),
		"--storage-driver=vfs", "--iptables=false", "--ip6tables=false", "--bridge=none")
	e.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + e.dir, "TMPDIR=" + e.dir}
	if e.err = os.WriteFile(at("none.json"), []byte("{}"), 0o600); e.err != nil {
		return
	}
	log, err := os.Create(at("log"))
	if err != nil {
		e.err = err
		return
	}
	defer log.Close()
	e.cmd.Stdout, e.cmd.Stderr = log, log
	if e.leash, e.err = e.cmd.StdinPipe(); e.err != nil {
		return
	}
	if e.err = e.cmd.Start(); e.err != nil {
		return
	}
	e.exited = make(chan error, 1)
	go func() { e.exited <- e.cmd.Wait() }()
	e.err = e.await()
}

// await polls until the engine answers.
func (e *engine) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		cmd := exec.CommandContext(ctx, "docker", "--host", e.host(), "version")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + e.dir}
		if cmd.Run() == nil {
			return nil
		}
		select {
		case err := <-e.exited:
			e.exited <- err
			return fmt.Errorf("dockerd ended: %w\n%s", err, e.log())
		case <-ctx.Done():
			return fmt.Errorf("dockerd does not answer\n%s", e.log())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (e *engine) host() string { return "unix://" + filepath.Join(e.dir, "docker.sock") }

func (e *engine) log() string {
	b, err := os.ReadFile(filepath.Join(e.dir, "log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// stop ends the engine and removes all that it had; anything still mounted there
// is an error.
func (e *engine) stop() error {
	if e.dir == "" {
		return nil
	}
	if e.exited != nil {
		_ = e.leash.Close()
		select {
		case <-e.exited:
		case <-time.After(30 * time.Second):
			_ = e.cmd.Process.Kill()
			return errors.New("dockerd did not end within 30 seconds")
		}
	}
	if mounts, err := os.ReadFile("/proc/self/mounts"); err == nil && strings.Contains(string(mounts), " "+e.dir+"/") {
		return fmt.Errorf("something is still mounted below %s", e.dir)
	}
	return os.RemoveAll(e.dir)
}

// docker points the clients of w to the engine, which it starts if need be.
func (w *world) docker(t *testing.T) {
	t.Helper()
	parts.Program(t, "dockerd")
	parts.Program(t, "docker")
	parts.Root(t)
	e := &sharedEngine
	e.once.Do(e.start)
	if e.err != nil {
		parts.Missing(t, "no Docker engine can be run here: %v", e.err)
	}
	w.env["DOCKER_HOST"] = e.host()
}

// dockerClients returns every docker command on the PATH that can talk to the
// engine; a machine may have several of different age.
func (w *world) dockerClients(t *testing.T) []string {
	t.Helper()
	w.docker(t)
	var found []string
	var seen []os.FileInfo
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, "docker")
		info, err := os.Stat(path)
		if err != nil || info.IsDir() {
			continue
		}
		known := false
		for _, other := range seen {
			known = known || os.SameFile(info, other)
		}
		if seen = append(seen, info); known {
			continue
		}
		if out, err := w.try(path, "version"); err != nil {
			t.Logf("%s cannot talk to the engine: %s", path, out)
			continue
		}
		found = append(found, path)
	}
	return found
}

// dockerVersion is what a client says it is.
func (w *world) dockerVersion(t *testing.T, client string) string {
	t.Helper()
	return strings.TrimSpace(w.must(t, client, "version", "--format", "{{.Client.Version}}"))
}
