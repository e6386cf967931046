// Credential-iam-demo shows the product at work on embedded stand-ins: a loopback
// IAM Credentials API, a registry behind Artifact Registry's token flow and a git
// server, in a home folder of its own. "credential-iam demo" starts it.
//
//	$ credential-iam-demo
//	== docker and git as a service account, without a service account key
//	...
//	$ credential-iam-demo push HOST/IMAGE:TAG
//	sha256:...
//
// Nothing is staged. The installed programs run as docker and git run them, a
// real registry client library pushes a real image, the real git pushes a real
// commit, and the stand-ins accept only the configured service account and count
// every call. The demo changes nothing outside its temporary folder and removes
// from the keystore what it put there.
//
// It is a program of its own so that the one which handles credentials links no
// stand-in for Google.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/mint"
)

const program = "credential-iam-demo"

// pushCommand pushes the demo's image, in a process with the demo's environment.
const pushCommand = "push"

// usage is the command line without the program.
const usage = "[" + pushCommand + " REFERENCE]"

// errUsage is a command line that is not understood.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout); {
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, adapter.Line(program, adapter.Misused(program, os.Args[1:], usage)))
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, adapter.Line(program, err))
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	switch {
	case len(args) == 0:
		return play(ctx, stdout)
	case len(args) == 1 && args[0] == "--version":
		_, err := fmt.Fprintln(stdout, program+" (credential-iam) "+helper.Version())
		return err
	case len(args) == 1 && args[0] == "--help":
		_, err := fmt.Fprintln(stdout, "usage: "+program+" "+usage)
		return err
	case len(args) == 2 && args[0] == pushCommand:
		digest, err := push(ctx, args[1])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(stdout, digest)
		return err
	}
	return errUsage
}

// play shows the demo with the programs that are installed beside this one.
func play(ctx context.Context, stdout io.Writer) error {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	core, err := mint.Find(executable, mint.Program)
	if err != nil {
		return err
	}
	return demo{
		env: helper.SystemEnv(program, os.Getenv, os.Stderr), environ: os.Environ(),
		executable: executable, core: core, stdout: stdout,
	}.run(ctx)
}
