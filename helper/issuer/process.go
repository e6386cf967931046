package issuer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-plugin/runner"
)

// lastWords is how long the output of a killed plugin may still take to arrive.
// A child of it that left the process group could hold the pipe open.
const lastWords = 250 * time.Millisecond

// process is a plugin's process as go-plugin's runner. It owns what go-plugin
// leaves open: the whole group dies with the plugin, the plugin dies with the
// host, standard input is not docker's, and the address of the plugin must be a
// socket in the private folder.
type process struct {
	cmd *exec.Cmd
	// dir is the private folder of the sockets.
	dir string

	greeting *greeting
	stderr   *os.File
	// lifeline is standard input: it closes when the host is gone.
	lifeline *os.File
	// childs are the ends that only the plugin needs.
	childs []*os.File

	mu      sync.Mutex
	reaped  bool
	started bool
	// doomed says that the end came before the start, killed that the host ended
	// it.
	doomed, killed bool
	group          group
	err            error
	done           chan struct{}
}

var _ runner.Runner = (*process)(nil)

// newProcess prepares the plugin's process: env is all that it gets.
func newProcess(o *opened, env []string, dir string) (*process, error) {
	p := &process{dir: dir, done: make(chan struct{})}
	inR, inW, err1 := os.Pipe()
	outR, outW, err2 := os.Pipe()
	errR, errW, err3 := os.Pipe()
	if err := errors.Join(err1, err2, err3); err != nil {
		for _, f := range []*os.File{inR, inW, outR, outW, errR, errW} {
			_ = f.Close() // Close on a nil *os.File is an error, not a crash
		}
		return nil, err
	}
	p.lifeline, p.stderr, p.greeting = inW, errR, &greeting{r: outR}
	p.childs = []*os.File{inR, outW, errW}
	p.cmd = &exec.Cmd{
		Path: o.path, Args: []string{o.path}, Env: append(env, platformEnv()...), Dir: neutralDir(o.path),
		Stdin: inR, Stdout: outW, Stderr: errW, SysProcAttr: attributes(),
	}
	if o.sum != "" {
		runOpened(p.cmd, o.file)
	}
	return p, nil
}

// Start starts the process, on a thread of its own that stays until it ends:
// on Linux the kernel ends the child when that thread ends, not the process.
func (p *process) Start(context.Context) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		for _, f := range p.childs {
			_ = f.Close()
		}
		if err != nil {
			p.closePipes()
			started <- err
			return
		}
		p.mu.Lock()
		p.started = true
		p.group = newGroup(p.cmd.Process)
		if p.doomed {
			p.group.kill()
		}
		p.mu.Unlock()
		started <- nil
		p.reap()
		close(p.done)
	}()
	return <-started
}

// reap waits for the plugin and ends its children. The group is addressed by
// the plugin's id, which is free for others only after the wait.
func (p *process) reap() {
	ended := awaitEnd(p.cmd.Process.Pid)
	if !ended {
		p.err = p.cmd.Wait()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.group.kill()
	if ended {
		p.err = p.cmd.Wait()
	}
	p.reaped = true
	p.group.close()
}

// Kill ends the plugin and its children now, and waits until the plugin is
// gone. It can be called at any time and more than once.
func (p *process) Kill(context.Context) error {
	p.mu.Lock()
	if !p.started {
		p.doomed = true
		p.mu.Unlock()
		return nil
	}
	if !p.reaped {
		p.killed = true
		p.group.kill()
	}
	p.mu.Unlock()
	// A process in an uninterruptible wait outlives its kill for a while.
	_, _ = p.ended(8 * lastWords)
	time.AfterFunc(lastWords, p.closePipes)
	return nil
}

func (p *process) closePipes() {
	_ = p.lifeline.Close()
	_ = p.greeting.Close()
	_ = p.stderr.Close()
}

// Wait returns when the plugin has ended.
func (p *process) Wait(context.Context) error {
	<-p.done
	return p.err
}

// crashed reports how the plugin ended by itself, if it has within d.
func (p *process) crashed(d time.Duration) (string, bool) {
	how, ended := p.ended(d)
	p.mu.Lock()
	defer p.mu.Unlock()
	if ended && p.killed && !p.cmd.ProcessState.Exited() {
		return "", false
	}
	return how, ended
}

// ended reports how the plugin ended, if it has within d.
func (p *process) ended(d time.Duration) (string, bool) {
	select {
	case <-p.done:
	case <-time.After(d):
		return "", false
	}
	return p.cmd.ProcessState.String(), true
}

// Stdout returns the plugin's greeting and nothing behind it.
func (p *process) Stdout() io.ReadCloser { return p.greeting }

// Stderr returns what the plugin prints.
func (p *process) Stderr() io.ReadCloser { return p.stderr }

// Name returns the path of the program.
func (p *process) Name() string { return p.cmd.Args[0] }

// ID returns the process id.
func (p *process) ID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.started {
		return ""
	}
	return strconv.Itoa(p.cmd.Process.Pid)
}

// Diagnose adds nothing: the host judges the greeting itself.
func (*process) Diagnose(context.Context) string { return "" }

// PluginToHost refuses an address that is not the plugin's own: the greeting
// must not make the core connect anywhere else.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	if runtime.GOOS == "windows" {
		host, _, err := net.SplitHostPort(address)
		if ip := net.ParseIP(host); network != "tcp" || err != nil || ip == nil || !ip.IsLoopback() {
			return "", "", errAddress(address)
		}
		return network, address, nil
	}
	if network != "unix" || filepath.Dir(filepath.Clean(address)) != p.dir {
		return "", "", errAddress(address)
	}
	return network, address, nil
}

// HostToPlugin changes nothing: both live on the same machine.
func (*process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

type errAddress string

func (e errAddress) Error() string {
	return fmt.Sprintf("it listens on %q, which is not in the folder that it was given", clip80(string(e)))
}
