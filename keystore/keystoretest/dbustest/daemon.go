package dbustest

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"time"
)

// daemon is a program that ends with its session.
type daemon struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	said bytes.Buffer
}

// start starts a daemon in the session.
func (s *Session) start(cmd *exec.Cmd) (*daemon, error) {
	d := &daemon{cmd: cmd}
	cmd.Env = append(os.Environ(), s.Env()...)
	cmd.Stderr = d
	if cmd.Stdout == nil {
		cmd.Stdout = d
	}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s.daemons = append(s.daemons, d)
	return d, nil
}

// Write takes what the daemon prints.
func (d *daemon) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said.Write(b)
}

func (d *daemon) output() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.said.Len() == 0 {
		return ""
	}
	return d.cmd.Path + ": " + d.said.String() + "\n"
}

// end kills the daemon, a stopped one too, and waits for it.
func (d *daemon) end() {
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
}
