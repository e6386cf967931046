package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/run"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/session"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// place is where a server listens, and how others come to it.
type place struct {
	listen  address
	address nameThere
	envFile string
}

// serveCommand is exec without a command.
func (a *app) serveCommand() *cobra.Command {
	var f *sessionFlags
	var at place
	c := &cobra.Command{
		Use:   "serve [flags]",
		Short: "serve the account to programs that are started elsewhere",
		Long: `Serve does what exec does, without a command: it prints the variables that make
a program act as the account, as a shell reads them (on Windows PowerShell), and
answers until it is interrupted. It is for an editor, or for a container.

Without --listen it is on loopback and answers this user's processes alone. An
address of your own choosing, such as that of a container network, can be
reached by others: there every path begins with a secret, which is in what is
printed. --env-file writes what a container needs of it to a file that only you
can read, for docker's --env-file and compose's env_file; it is removed at the
end. Have it on a memory file system, since the secret is in it.

A container has a loopback of its own. On Linux listen on the address of
docker's bridge, which containers of every network of that engine reach. With
Docker Desktop listen on loopback and name this machine as containers do, by
--address.
` + identityHelp,
		Example: `  credential-iam serve --host europe-docker.pkg.dev \
      > "$XDG_RUNTIME_DIR/account.sh" &
  credential-iam serve --host europe-docker.pkg.dev \
      --listen 172.17.0.1:0 --env-file "$XDG_RUNTIME_DIR/account.env"
  credential-iam serve --listen 127.0.0.1:0 --address host.docker.internal \
      --env-file account.env`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context(), f, at) },
	}
	f = addSessionFlags(c)
	c.Flags().Var(&at.listen, "listen", "`ADDRESS:PORT` to listen on instead of loopback, with a secret in the path")
	c.Flags().StringVar(&at.envFile, "env-file", "", "write the variables of the metadata server to `FILE`, as docker and compose read them")
	c.Flags().Var(&at.address, "address", "`HOST` or HOST:PORT by which containers reach this machine, for --env-file (default: that of --listen)")
	return c
}

// serve serves a session until it is interrupted.
func (a *app) serve(ctx context.Context, f *sessionFlags, at place) error {
	if err := at.check(); err != nil {
		return err
	}
	ctx, endings := run.Catch(ctx)
	signal.Ignore(syscall.SIGPIPE) // nobody reads what is printed: an error, after which nothing is left
	s, err := a.session(ctx, f, string(at.listen))
	if err != nil {
		return cmp.Or(endings.Stop(), err)
	}
	defer s.Close()
	if at.envFile != "" {
		remove, err := s.WriteEnvFile(at.envFile, s.Elsewhere(at.address.host))
		if err != nil {
			return err
		}
		defer remove()
		if s.Alone() && at.address.host == (host.Host{}) {
			a.note("%s names loopback, which a container reaches only on this machine's network: see --listen and --address", at.envFile)
		}
	}
	if err := a.answer(strings.Join(s.Lines, "\n")); err != nil {
		return err
	}
	return session.Serve(ctx, a.Core, &s.Plan, s.Listener)
}

// check refuses what would write a file that is of no use.
func (p place) check() error {
	switch {
	case p.envFile == "-":
		return usagef("--env-file %s: it is not the name of a file; want FILE", p.envFile)
	case p.envFile == "" && p.address.host != (host.Host{}):
		return usagef("--address is for the file of --env-file")
	case p.envFile != "" && everywhere(string(p.listen)) && p.address.host == (host.Host{}):
		return usagef("--listen %s is every address; add --address with the one by which the container reaches this machine: "+
			"host.docker.internal, host.containers.internal with podman, or that of the bridge, such as 172.17.0.1", p.listen)
	}
	return nil
}

// everywhere reports whether an address to listen on is all that the machine has.
func everywhere(listen string) bool {
	name, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(name)
	return name == "" || err == nil && ip.IsUnspecified()
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

// nameThere is the value of --address.
type nameThere struct{ host host.Host }

// String returns the value, "" if the flag is not given.
func (n *nameThere) String() string { return n.host.String() }

// Type names the value in the help.
func (*nameThere) Type() string { return "HOST" }

// Set reads a name or an IP address, and perhaps a port.
func (n *nameThere) Set(v string) error {
	h, ok := host.Parse("", v)
	if !ok {
		return fmt.Errorf("%q is not HOST or HOST:PORT, such as host.docker.internal", helper.OneLine(v, 60))
	}
	n.host = h
	return nil
}
