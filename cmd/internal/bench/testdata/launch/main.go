//go:build unix

// Launch runs one program and says on standard output what that took:
//
//	WALL_NS CPU_US MEMORY_KB STATUS
//
// It is a program of its own because a child's peak memory starts with that of
// the process that forks it (Linux counts the old memory map at exec): a large
// process cannot measure a small one. It links next to nothing for that reason.
//
//	launch STDIN PROGRAM [ARGUMENT...]
package main

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

func main() {
	runtime.LockOSThread()
	line, err := launch(os.Args[1], os.Args[2:])
	if err != nil {
		_, _ = os.Stderr.WriteString("launch: " + err.Error() + "\n")
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString(line)
}

// launch runs argv with standard input from a file and no output.
func launch(stdin string, argv []string) (string, error) {
	in, err := syscall.Open(stdin, syscall.O_RDONLY, 0)
	if err != nil {
		return "", err
	}
	null, err := syscall.Open(os.DevNull, syscall.O_WRONLY, 0) // with reading it is what a closed output becomes
	if err != nil {
		return "", err
	}
	attr := &syscall.ProcAttr{Env: syscall.Environ(), Files: []uintptr{uintptr(in), uintptr(null), uintptr(null)}}
	start := time.Now()
	pid, err := syscall.ForkExec(argv[0], argv, attr)
	if err != nil {
		return "", err
	}
	var status syscall.WaitStatus
	var usage syscall.Rusage
	for {
		_, err = syscall.Wait4(pid, &status, 0, &usage)
		if err != syscall.EINTR {
			break
		}
	}
	wall := time.Since(start)
	if err != nil {
		return "", err
	}
	code := status.ExitStatus()
	if status.Signaled() {
		code = 128 + int(status.Signal())
	}
	cpu := usage.Utime.Nano() + usage.Stime.Nano()
	memory := int64(usage.Maxrss)
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		memory /= 1024 // bytes there
	}
	f := func(n int64) string { return strconv.FormatInt(n, 10) }
	return f(int64(wall)) + " " + f(cpu/1000) + " " + f(memory) + " " + f(int64(code)) + "\n", nil
}
