package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/session"
	"github.com/credential-iam/credential-iam/helper"
)

// serveCommand is exec without a command.
func (a *app) serveCommand() *cobra.Command {
	var f *sessionFlags
	var listen, envFile string
	c := &cobra.Command{
		Use:   "serve [flags]",
		Short: "serve the account to programs that are started elsewhere",
		Long: `Serve does what exec does, without a command: it prints the variables that make
a program act as the account, as a shell reads them, and answers until it is
interrupted. It is for an editor, or for a container.

Without --listen it is on loopback and answers this user's processes alone. An
address of your own choosing, such as that of a container network, can be
reached by others: there every path begins with a secret, which is in what is
printed. --env-file writes what a container needs of it to a file that only you
can read, for docker's --env-file and compose's env_file; it is removed at the
end. Have it on a memory file system, since the secret is in it.
` + identityHelp,
		Example: `  credential-iam serve --host europe-docker.pkg.dev \
      > "$XDG_RUNTIME_DIR/account.sh" &
  credential-iam serve --host europe-docker.pkg.dev \
      --listen 172.17.0.1:0 --env-file "$XDG_RUNTIME_DIR/account.env"`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context(), f, listen, envFile) },
	}
	f = addSessionFlags(c)
	c.Flags().Var((*address)(&listen), "listen", "`ADDRESS:PORT` to listen on instead of loopback, with a secret in the path")
	c.Flags().StringVar(&envFile, "env-file", "", "write the variables of the metadata server to `FILE`, as docker and compose read them")
	return c
}

// address is the value of --listen.
type address string

// String returns the value, "" if the flag is not given.
func (a *address) String() string { return string(*a) }

// Type names the value in the help.
func (*address) Type() string { return "ADDRESS:PORT" }

// Set reads an IP address or a name, and a port.
func (a *address) Set(v string) error {
	_, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%q is not ADDRESS:PORT, such as 172.17.0.1:0", helper.OneLine(v, 60))
	}
	*a = address(v)
	return nil
}

// serve serves a session until it is interrupted.
func (a *app) serve(ctx context.Context, f *sessionFlags, listen, envFile string) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	s, err := a.session(ctx, f, listen)
	if err != nil {
		return err
	}
	defer s.Close()
	if envFile != "" {
		if err := session.WriteEnvFile(envFile, s.Elsewhere()); err != nil {
			return err
		}
		defer os.Remove(envFile) //nolint:errcheck // nobody is there to be told
	}
	if err := a.answer(strings.Join(s.Lines, "\n")); err != nil {
		return err
	}
	return session.Serve(ctx, a.Core, &s.Plan, s.Listener)
}
