package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/issuer"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// Budget is how long all checks take at most.
const Budget = 25 * time.Second

// Result is how a check ended.
type Result string

// The results, in their stable form.
const (
	OK      Result = "ok"
	Warning Result = "warning"
	Error   Result = "error"
	Skipped Result = "skipped"
)

// Check is one check, in its stable form.
type Check struct {
	// Name is what was checked: a word, or a word and a host.
	Name   string `json:"name"`
	Result Result `json:"result"`
	// Detail says what was found, in one line.
	Detail string `json:"detail"`
	// Fix is a command that fixes it, "" where there is nothing to fix or no
	// command for it.
	Fix string `json:"fix,omitempty"`
}

// Client is the part of the IAM client that looks without making a credential.
type Client interface {
	Identity(ctx context.Context, t helper.Target) (iam.Identity, error)
	Hops(ctx context.Context, t helper.Target) ([]iam.Hop, error)
}

// World is what is looked at.
type World struct {
	Env helper.Env
	// Environ is the environment of git; nil is that of this process.
	Environ []string
	// Bin is the folder of the installed programs, Version theirs.
	Bin, Version string
	// LookPath finds a program as exec.LookPath does, and AskVersion asks one of
	// the installed programs for its version.
	LookPath   func(name string) (string, error)
	AskVersion func(ctx context.Context, path, name string) (string, error)
	// Identities reads source identities of the keyring.
	Identities source.Identities
	// Keystore opens a keystore by its configured name.
	Keystore func(ctx context.Context, name string) (keystore.Choice, error)
	Client   func(store keystore.Store) Client
	Mint     func(ctx context.Context, t helper.Target, store keystore.Store) (helper.Token, error)
	// Date asks a server for its time.
	Date func(ctx context.Context, endpoint string) (time.Time, error)
	// Issuer asks a plugin, pinned to a digest or "", what it is.
	Issuer func(ctx context.Context, name, pin string) (issuer.Description, error)
}

// examination is one walk.
type examination struct {
	World
	config *config.Config
	// document is docker's file as docker reads it, nil where it cannot.
	document *dockerconfig.Document
	hosts    []*place
	git      *gitState
	checks   []Check
}

// Run checks everything that is configured, or one host: HOST[:PORT][/PATH].
func Run(ctx context.Context, w World, only string) []Check {
	ctx, cancel := context.WithTimeout(ctx, Budget)
	defer cancel()
	x := &examination{World: w, config: config.Load(w.Env)}
	broken := x.loadDocument()
	x.loadGit(ctx)
	x.findHosts(only)
	x.programs(ctx)
	x.docker()
	x.configuration(only, broken)
	x.fallback()
	x.registries()
	x.resolve(ctx)
	x.keystores(ctx)
	x.locks(ctx)
	x.network(ctx)
	x.gitChecks()
	return x.checks
}

// Failed reports whether any check ended in an error.
func Failed(checks []Check) bool {
	for _, c := range checks {
		if c.Result == Error {
			return true
		}
	}
	return false
}

// String returns a check as a line, with its fix on the next.
func (c Check) String() string {
	s := fmt.Sprintf("%-8s %s: %s", c.Result, c.Name, c.Detail)
	if c.Fix != "" {
		s += "\n         run: " + c.Fix
	}
	return s
}

func (x *examination) add(result Result, name, fix, format string, args ...any) {
	x.checks = append(x.checks, check(result, name, fix, format, args...))
}

func check(result Result, name, fix, format string, args ...any) Check {
	return Check{Name: name, Result: result, Detail: helper.OneLine(fmt.Sprintf(format, args...), 1500), Fix: fix}
}

// ended reports whether a call that failed proves nothing, because the time was
// up.
func ended(ctx context.Context) bool { return ctx.Err() != nil }

// join returns words as "a, b and c".
func join(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
