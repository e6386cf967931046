package toolconfig

import (
	"context"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper/host"
)

// Use is one use of a tool that is configured to ask.
type Use struct {
	// Client is the name of the tool's flag, Name what that flag names: a context of
	// kubectl, a registry of cargo, a URL; empty for all of the tool.
	Client, Name string
	// Server is the server as the tool writes it, empty where the use names none.
	Server string
	// Program is what the tool runs, File where it says so.
	Program, File string
	// Trouble says why it cannot work, with the command that fixes it.
	Trouble, Fix string
}

// Host returns the host of the server as sections name it, "" where it is none.
func (u Use) Host() string {
	_, p, err := host.Form{Schemes: []string{"https", "http"}, Bare: true}.ReadPattern(u.Server)
	if err != nil {
		return ""
	}
	return p.Host()
}

// Uses tells what is configured, of every tool. A tool that cannot be asked is an
// error of its own, by its name.
func (w World) Uses(ctx context.Context) (all []Use, failed map[string]error) {
	failed = map[string]error{}
	for _, c := range Clients() {
		uses, err := c.Uses(ctx, w)
		if err != nil {
			failed[c.Name()] = err
		}
		all = append(all, uses...)
	}
	return all, failed
}

// ours returns the uses that are wanted.
func ours(uses []Use, wanted func(Use) bool) []Use {
	return slices.DeleteFunc(uses, func(u Use) bool { return !wanted(u) })
}

func named(uses []Use, name string) bool {
	return slices.ContainsFunc(uses, func(u Use) bool { return u.Name == name })
}

// gone are the changes that end uses.
func gone(uses []Use, key string) []Change {
	changes := make([]Change, 0, len(uses))
	for _, u := range uses {
		changes = append(changes, Change{Key: strings.ReplaceAll(key, "%s", strings.TrimPrefix(u.Name, "https:")), Old: []string{u.Program}})
	}
	return changes
}
