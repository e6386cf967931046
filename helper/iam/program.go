package iam

import (
	"errors"
	"os/exec"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// maxOutput is the most that is kept of what a program prints.
const maxOutput = 64 << 10

// run runs a program whose output is bounded, and which does not outlive its
// context even when a child of it holds the pipes open.
func run(cmd *exec.Cmd) (stdout, stderr []byte, err error) {
	out, errs := &helper.Bounded{Limit: maxOutput}, &helper.Bounded{Limit: maxOutput}
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.WaitDelay = 200 * time.Millisecond
	err = cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	return out.Bytes(), errs.Bytes(), err
}
