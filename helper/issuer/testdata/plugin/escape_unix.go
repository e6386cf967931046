//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/credential-iam/credential-iam/helper/issuer"
)

// escapee leaves a child behind in a session of its own that holds its outputs.
func escapee(context.Context, issuer.Request, issuer.Identity) (issuer.Credential, error) {
	cmd := exec.Command("/bin/sleep", "20")
	cmd.Stdout, cmd.Stderr = os.NewFile(1, "out"), os.NewFile(2, "err")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return issuer.Credential{}, err
	}
	return answer(fmt.Sprint(cmd.Process.Pid), time.Hour)
}
