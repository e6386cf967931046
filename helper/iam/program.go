package iam

import (
	"bytes"
	"errors"
	"os/exec"
	"time"
)

// maxOutput is the most that is kept of what a program prints.
const maxOutput = 64 << 10

// run runs a program whose output is bounded, and which does not outlive its
// context even when a child of it holds the pipes open.
func run(cmd *exec.Cmd) (stdout, stderr []byte, err error) {
	out, errs := &limited{}, &limited{}
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.WaitDelay = 200 * time.Millisecond
	err = cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	return out.Bytes(), errs.Bytes(), err
}

// limited keeps the first bytes of what is written to it.
type limited struct{ bytes.Buffer }

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	if room := maxOutput - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
