// Package engine runs a real Docker engine for a test, apart from one that the
// machine has: its socket, data and state lie in a temporary folder, and it
// touches no firewall and no bridge.
//
// The engine ends with [Engine.Stop], and at the latest with the process that
// started it, however that ends. It needs root and dockerd on the PATH, and it
// knows nothing of our programs: a client finds it through DOCKER_HOST.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// Engine is one dockerd. Its methods may be called from any goroutine, Stop once.
type Engine struct {
	dir    string
	cmd    *exec.Cmd
	leash  io.WriteCloser
	exited chan error
}

// leashed runs dockerd until it ends or standard input does, which it does when
// this process ends in any way. A line asks dockerd to end, a second one kills it. The shell outlives a signal to the whole group, as
// a terminal's interrupt is one: without it nobody would wait for dockerd.
const leashed = `trap '' HUP INT TERM; exec 3<&0
(trap - HUP INT TERM; exec "$@" 3<&-) & child=$!
{ read -r line; kill "$child"; read -r line && kill -9 "$child"; } <&3 &
wait "$child"; status=$?; kill -9 $! 2>/dev/null; exit "$status"`

const (
	// patience is longer than a dockerd takes to start or to end.
	patience = time.Minute
	// grace is what a dockerd that nobody waits for any more gets to end.
	grace = time.Second
)

// Need ends the test as [parts.Missing] does unless this machine can run an
// engine and has a client for it. A quick run starts none.
func Need(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("a Docker engine is for make test")
	}
	parts.Program(t, "dockerd")
	parts.Program(t, "docker")
	parts.Root(t)
}

// Start starts an engine and returns when it answers, which takes seconds; ctx is
// for that time alone. After an error, which quotes the end of the engine's log,
// nothing is left of it.
func Start(ctx context.Context) (*Engine, error) {
	dir, err := os.MkdirTemp("", "ciam-engine-")
	if err != nil {
		return nil, err
	}
	e := &Engine{dir: dir}
	err = e.launch()
	if err == nil {
		err = e.await(ctx)
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, errors.Join(err, e.end(grace))
	default:
		return nil, errors.Join(err, e.end(patience))
	}
	return e, nil
}

// Host is the engine's address, as DOCKER_HOST has it.
func (e *Engine) Host() string { return "unix://" + e.at("docker.sock") }

func (e *Engine) at(name string) string { return filepath.Join(e.dir, name) }

func (e *Engine) launch() error {
	e.cmd = exec.Command("sh", "-c", leashed, "sh", "dockerd", "--host", e.Host(),
		"--data-root", e.at("data"), "--exec-root", e.at("exec"), "--pidfile", e.at("pid"), "--config-file", e.at("none.json"),
		"--storage-driver=vfs", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none")
	e.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + e.dir, "TMPDIR=" + e.dir}
	if err := os.WriteFile(e.at("none.json"), []byte("{}"), 0o600); err != nil {
		return err
	}
	log, err := os.Create(e.at("log"))
	if err != nil {
		return err
	}
	defer log.Close()
	e.cmd.Stdout, e.cmd.Stderr = log, log
	if e.leash, err = e.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := e.cmd.Start(); err != nil {
		return err
	}
	e.exited = make(chan error, 1)
	go func() { e.exited <- e.cmd.Wait() }()
	return nil
}

// await polls until the engine answers.
func (e *Engine) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		cmd := exec.CommandContext(ctx, "docker", "--host", e.Host(), "version")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + e.dir}
		if cmd.Run() == nil {
			return nil
		}
		select {
		case err := <-e.exited:
			e.exited <- err
			return fmt.Errorf("dockerd ended: %w\n%s", err, e.log())
		case <-ctx.Done():
			return fmt.Errorf("dockerd does not answer: %w\n%s", ctx.Err(), e.log())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// log is the end of what the engine has said.
func (e *Engine) log() string {
	b, err := os.ReadFile(e.at("log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// Stop ends the engine and removes all that it had; anything still mounted there
// is an error.
func (e *Engine) Stop() error { return e.end(patience) }

// end is Stop; a dockerd that does not end by itself in time is killed, which is an
// error.
func (e *Engine) end(within time.Duration) error {
	var killed error
	if e.exited != nil {
		defer e.leash.Close()
		_, _ = io.WriteString(e.leash, "\n")
		select {
		case <-e.exited:
		case <-time.After(within):
			killed = fmt.Errorf("dockerd did not end within %s", within)
			_, _ = io.WriteString(e.leash, "\n")
			select {
			case <-e.exited:
			case <-time.After(grace):
				return killed
			}
		}
	}
	if mounts, err := os.ReadFile("/proc/self/mounts"); err == nil && strings.Contains(string(mounts), " "+e.dir+"/") {
		return errors.Join(killed, fmt.Errorf("something is still mounted below %s", e.dir))
	}
	return errors.Join(killed, os.RemoveAll(e.dir))
}
