package adapter

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/credential-iam/credential-iam/helper"
)

// passedBy is the environment variable by which a program that passes a request on
// to another one tells those below it: "PROGRAM=PID" for each, after a blank.
const passedBy = "CREDENTIAL_IAM_PASSED_BY"

// PassOn returns the variable of the environment in which this program passes its
// request on. It is an error if this request was itself passed on by this program,
// through a wrapper say, and that process still waits for an answer: it would be
// passed on for ever. A wrapper that clears the environment is found out by the
// processes above this one.
func (c *Call) PassOn() (name, value string, err error) {
	again := &helper.Error{
		Who: helper.User, Op: "pass the request on as", Object: c.Name, Code: "loop",
		Reason: "the program that it was passed on to runs " + c.Name + " again",
	}
	if above(process, os.Getpid()) >= mostOfOne {
		return "", "", again
	}
	var waiting []string
	for word := range strings.FieldsSeq(c.Env.Getenv(passedBy)) {
		program, id, _ := strings.Cut(word, "=")
		pid, err := strconv.Atoi(id)
		if err != nil || pid <= 0 || !alive(pid) {
			continue // it has ended, and left the variable to what it started
		}
		waiting = append(waiting, word)
		if program == c.Name {
			return "", "", again
		}
	}
	return passedBy, strings.Join(append(waiting, c.Name+"="+strconv.Itoa(os.Getpid())), " "), nil
}

// alive reports whether a process exists.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }()
	if runtime.GOOS == "windows" { // where only a process that exists is found
		return true
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || os.IsPermission(err)
}

// Itself reports whether path is this program, under whatever name.
func Itself(path string) bool {
	self, err := os.Executable()
	if err != nil {
		return false
	}
	x, err1 := os.Stat(path)
	y, err2 := os.Stat(self)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// LookPath finds a program on the PATH; the path is absolute.
func LookPath(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}
