//go:build unix

package run

import (
	"context"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/session"
	"github.com/credential-iam/credential-iam/keystore"
)

// serve is the server's process: it answers until the command ends, and removes what
// was made for it. What ends a whole service, or all that a person runs, does not end
// it before the command, which may need a token to end well.
func serve(c core.Core, pid string) error {
	command, err := strconv.Atoi(pid)
	if err != nil || command < 1 {
		return badPid(pid)
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	own := os.NewFile(commandFD, "command")
	go func() {
		defer cancel()
		await(own, command)
	}()
	plan := os.NewFile(planFD, "plan")
	p, err := session.ReadPlan(plan)
	_ = plan.Close()
	if err != nil {
		return err
	}
	folder := os.NewFile(folderFD, "folder") // it is held until here
	defer folder.Close()                     //nolint:errcheck // it is only read
	defer keystore.RemoveFolder(p.Folder)    //nolint:errcheck // nobody is there to be told; the next one sweeps
	file := os.NewFile(listenerFD, "listener")
	l, err := net.FileListener(file)
	_ = file.Close()
	if err != nil {
		return err
	}
	return session.Serve(ctx, c, p, l)
}
