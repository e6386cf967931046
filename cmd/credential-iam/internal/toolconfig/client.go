package toolconfig

import (
	"context"

	"github.com/credential-iam/credential-iam/helper/host"
)

// Client is a tool.
type Client interface {
	// Name is that of the tool's flag.
	Name() string
	// Configure plans what makes the tool ask for what the names stand for.
	Configure(ctx context.Context, w World, names []string, force bool) (Plan, error)
	// Uses tells what is configured. A tool without a configuration has no uses.
	Uses(ctx context.Context, w World) ([]Use, error)
	// Unconfigure plans what undoes the uses that are wanted.
	Unconfigure(ctx context.Context, w World, wanted func(Use) bool) (Plan, error)
}

// Clients returns every tool that is configured.
func Clients() []Client {
	return []Client{kube{}, pip{}, pnpm{}, cargo{}, terraform{}, bazel{}}
}

// Find returns a tool by its flag's name, nil if there is none.
func Find(name string) Client {
	for _, c := range Clients() {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

// Asker returns the client that a tool asks as, "" for one that names no server.
func Asker(name string) host.Client {
	switch name {
	case "kube":
		return host.Kube
	case "cargo":
		return host.Cargo
	case "pnpm":
		return host.Header
	case "bazel":
		return host.Bazel
	}
	return ""
}
