package adapter

import (
	"bytes"
	"context"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHardened: no other process of the user reads the memory of a program that
// answers.
func TestHardened(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
		t.Skip(err)
	}
	var dumpable int
	run(Program{Name: "x", Answer: func(context.Context, *Call) (err error) {
		dumpable, err = unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		return err
	}}, "")
	if dumpable != 0 {
		t.Errorf("dumpable: %d", dumpable)
	}
}

// TestClosed: an answer for nobody is a failure, and one that is thrown away is none.
func TestClosed(t *testing.T) {
	for flag, want := range map[int]int{os.O_RDWR: 1, os.O_WRONLY: 0} {
		null, err := os.OpenFile(os.DevNull, flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer null.Close()
		var said bytes.Buffer
		code := Run(Program{Name: "x", Answer: func(_ context.Context, c *Call) error { c.Say("secret"); return nil }}, Process{Getenv: os.Getenv, Stdout: null, Stderr: &said})
		if code != want || (said.Len() == 0) != (want == 0) {
			t.Errorf("flag %d: exit %d, %q", flag, code, said.String())
		}
	}
}
