//go:build unix

package keychain

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	// maxPassword bounds what is read of an item, maxDump of the list of all items with
	// their attributes, and maxMessage of standard error.
	maxPassword = 64 << 10
	maxDump     = 16 << 20
	maxMessage  = 16 << 10
	// waitDelay is how long a process that left the group may hold the pipes.
	waitDelay = 200 * time.Millisecond
)

// Tool runs security(1). Its methods end with their context, at the latest
// waitDelay later; then the error is the context's cause. Any other error is a
// *Failure, or ErrTooBig.
type Tool struct {
	// Path is the program's; on macOS /usr/bin/security.
	Path string
}

// Get returns the secret of an item.
func (t Tool) Get(ctx context.Context, service, account string) (string, error) {
	out, err := t.run(ctx, nil, maxPassword, "find-generic-password", "-s", service, "-wa", account)
	defer clear(out)
	if err != nil {
		return "", err
	}
	return decode(out)
}

// Set adds an item or replaces its secret. A dialog that was dismissed can look like
// success in old versions of macOS: read the item back.
func (t Tool) Set(ctx context.Context, service, account, secret string) error {
	if !oneLine(service) || !oneLine(account) {
		return &Failure{Status: -1, What: "cannot be given a name with a line break"}
	}
	line, err := addLine(service, account, secret)
	if err != nil {
		return err
	}
	defer clear(line)
	_, err = t.run(ctx, line, maxMessage, "-i")
	return err
}

// Delete removes an item.
func (t Tool) Delete(ctx context.Context, service, account string) error {
	_, err := t.run(ctx, nil, maxMessage, "delete-generic-password", "-s", service, "-a", account)
	return err
}

// Accounts returns the accounts of all items of a service. Without -d no secret is
// read, and nothing prompts.
func (t Tool) Accounts(ctx context.Context, service string) ([]string, error) {
	out, err := t.run(ctx, nil, maxDump, "dump-keychain")
	if err != nil {
		return nil, err
	}
	return Accounts(out, service), nil
}

// Default reports whether there is a keychain to write to. It opens none, and so
// nothing prompts; whether it is locked cannot be asked without a prompt.
func (t Tool) Default(ctx context.Context) error {
	_, err := t.run(ctx, nil, maxMessage, "default-keychain")
	return err
}

// run runs the program in a process group of its own and returns what it printed.
func (t Tool) run(ctx context.Context, stdin []byte, limit int, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, t.Path, args...)
	out, errs := &bounded{limit: limit, full: errTooMuch}, &bounded{limit: maxMessage}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), out, errs
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return endGroup(cmd.Process) }
	cmd.WaitDelay = waitDelay
	told := listen()
	err := cmd.Start()
	stop := told.passOn(cmd.Process)
	if err == nil {
		err = cmd.Wait()
		_ = endGroup(cmd.Process) // what it left behind
	}
	stop()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	var exit *exec.ExitError
	switch {
	case out.cut:
		return nil, &Failure{Status: -1, What: errTooMuch.Error()}
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil, errors.As(err, &exit) && exit.Exited():
	case exit != nil:
		return nil, &Failure{Status: -1, What: "was ended: " + exit.String()}
	default:
		return nil, &Failure{Status: -1, What: "cannot be run"}
	}
	if f := classify(cmd.ProcessState.ExitCode(), string(errs.kept)); f != nil {
		return nil, f
	}
	return out.kept, nil
}

// endGroup kills a process and what it started.
func endGroup(p *os.Process) error {
	if err := syscall.Kill(-p.Pid, syscall.SIGKILL); err != nil {
		return os.ErrProcessDone
	}
	return nil
}

// errTooMuch ends a program that prints without end.
var errTooMuch = errors.New("printed more than can be")

// bounded keeps the first limit bytes. The rest is dropped, or is the error full,
// which closes the pipe.
type bounded struct {
	limit int
	full  error
	kept  []byte
	cut   bool
}

func (b *bounded) Write(p []byte) (int, error) {
	keep := min(len(p), b.limit-len(b.kept))
	b.kept = append(b.kept, p[:keep]...)
	if b.cut = b.cut || keep < len(p); b.cut && b.full != nil {
		return keep, b.full
	}
	return len(p), nil
}
