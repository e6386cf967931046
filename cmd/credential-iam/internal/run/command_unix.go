//go:build unix

package run

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/session"
	"github.com/credential-iam/credential-iam/helper"
)

// The hidden commands by which this program starts its server, and is it.
const (
	commandDetach = "exec-detach"
	commandServer = "exec-server"
)

// Hidden answers the hidden commands; ok is false for any other.
func Hidden(c core.Core, args []string) (ok bool, err error) {
	if len(args) != 2 {
		return false, nil
	}
	switch args[0] {
	case commandDetach:
		return true, detach(c.Executable, args[1])
	case commandServer:
		return true, serve(c, args[1])
	}
	return false, nil
}

// What the server inherits, in this order behind the standard streams.
const (
	planFD = 3 + iota
	listenerFD
	commandFD // what ends with the command, if there is such a thing here
	folderFD  // what holds the folder
)

// Run serves s for as long as the command lives, which this process becomes. It returns
// only when it cannot.
func (c Command) Run(s *session.Session) error {
	if err := c.startServer(s); err != nil {
		s.Close()
		return &helper.Error{Who: helper.User, Op: "start the server for", Object: c.Args[0], Reason: err.Error(), Code: "session", Cause: err}
	}
	c.Inherit()
	if c.Interrupted() {
		return ErrInterrupted
	}
	if err := c.Endings.Stop(); err != nil {
		return err
	}
	err := syscall.Exec(c.Path, c.Args, s.Environ)
	if errors.Is(err, syscall.ENOEXEC) { // a script without a first line that names its shell
		if binary(c.Path) {
			return notRun(c.Args[0], c.Path, errBinary)
		}
		err = syscall.Exec("/bin/sh", append([]string{"sh", c.Path}, c.Args[1:]...), s.Environ)
	}
	return notRun(c.Args[0], c.Path, err) // the server ends with this process
}

// binary reports whether a file without a first line for the kernel is none for a shell
// either, as bash has it: there is a zero byte in its first line.
func binary(path string) bool {
	line, _, _ := strings.Cut(start(path), "\n")
	return strings.Contains(line, "\x00")
}

// startServer starts the server by way of a process that ends at once, so that it is no
// child of the command: a command that waits for all its children would wait for it.
func (c Command) startServer(s *session.Session) error {
	plan, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer plan.Close()
	err = s.Plan.Write(write)
	if err = errors.Join(err, write.Close()); err != nil {
		return err
	}
	listener, err := s.Listener.File()
	if err != nil {
		return err
	}
	defer listener.Close()
	own, err := openSelf()
	if err != nil {
		return err
	}
	defer own.Close()
	folder, err := s.Folder.Hand()
	if err != nil {
		return err
	}
	defer folder.Close()
	cmd := exec.Command(c.Core.Executable, commandDetach, strconv.Itoa(os.Getpid()))
	cmd.Env, cmd.Dir, cmd.Stderr = c.Core.Environ, "/", c.Stderr
	cmd.ExtraFiles = []*os.File{plan, listener, own, folder}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Run()
}

// detach starts the server of a command and returns.
func detach(executable, pid string) error {
	keepDescriptors()
	cmd := exec.Command(executable, commandServer, pid)
	cmd.Dir, cmd.Stderr = "/", os.Stderr
	cmd.ExtraFiles = []*os.File{os.NewFile(planFD, "plan"), os.NewFile(listenerFD, "listener"), os.NewFile(commandFD, "command"), os.NewFile(folderFD, "folder")}
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}

// keepDescriptors keeps what else is open from the server: a reader of the command's
// output would wait for it.
func keepDescriptors() {
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return
	}
	for _, e := range open {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}

func badPid(pid string) error { return fmt.Errorf("%q is no process", helper.OneLine(pid, 20)) }
