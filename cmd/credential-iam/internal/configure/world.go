package configure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// World is what is looked at and changed.
type World struct {
	Env helper.Env
	// Environ is the environment of git; nil is that of this process.
	Environ []string
	// LookPath finds a program as exec.LookPath does.
	LookPath func(name string) (string, error)
	// Identities reads the keyring; nil leaves its names unchecked.
	Identities source.Identities
	// Plugin checks that there is the issuer plugin of a target and that it takes the
	// options; nil leaves it unchecked.
	Plugin func(ctx context.Context, t helper.Target) error
	// Bin is the folder of the installed programs.
	Bin string
}

// Request is what is asked for.
type Request struct {
	// Keys are the keys of a section with their values.
	Keys map[string]string
	// Docker are registries; Git are hosts or URLs; Hosts are those of any client, and
	// Npmrc are npm's registries.
	Docker, Git, Hosts, Npmrc []string
	// Tools are what further clients are named for, by the name of the client.
	Tools map[string][]string
	// LinkDir is the folder of the links that a client runs; empty means the default.
	LinkDir string
	// KubeletFile gets the configuration of kubelet's credential provider; empty means
	// none.
	KubeletFile string
	// System is for the whole machine: the file of every user's defaults, and git's
	// system-wide one.
	System bool
	// AuthFile is a file of podman's or skopeo's; empty means none.
	AuthFile string
	// Force replaces the helpers of others and takes hosts that look misspelled, DryRun changes nothing.
	Force, DryRun bool
	// Replace are registries and URLs, as in Docker and Git, whose helpers give way
	// without Force: the person has agreed to that.
	Replace []string
	// NoCheck is for the commands that are proposed: the person wants nothing tried.
	NoCheck bool
}

// Report is what was changed or, in a dry run, would be.
type Report struct {
	DryRun  bool     `json:"dryRun"`
	Changes []Change `json:"changes"`
	// Notes are what a person should know besides.
	Notes []string `json:"notes,omitempty"`
	// Hosts are the servers that were configured, as URLs; none where the default of all
	// of them was.
	Hosts []string `json:"-"`
	// Next is what a person may do now.
	Next string `json:"next,omitempty"`
	// Diff is the difference as text, of a dry run alone.
	Diff string `json:"diff,omitempty"`
}

// UsageError is a request that makes no sense, whatever the files hold.
type UsageError struct{ error }

func usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// lockTime is how long it waits for another run.
const lockTime = 30 * time.Second

// lock waits until no other run of this user edits the files. Without locks, a
// file that changes meanwhile is still noticed.
func (w World) lock(ctx context.Context, notes *[]string) (release func(), err error) {
	locks, err := keystore.OpenLocks(w.Env.Getenv)
	if err != nil {
		*notes = append(*notes, "no lock against other runs of credential-iam: "+err.Error())
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lockTime)
	defer cancel()
	release, err = locks.Lock(ctx, keystore.NewKey("configure", "-", "files"))
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, failure("wait for another run of", "credential-iam configure", "it did not end within "+lockTime.String(), "")
	}
	if err != nil && ctx.Err() == nil {
		*notes = append(*notes, "no lock against other runs of credential-iam: "+err.Error())
		return func() {}, nil
	}
	return release, err
}

// git returns git, or an error if there is none.
func (w World) git() (gitconfig.Git, error) {
	path, err := w.LookPath("git")
	if err != nil {
		return gitconfig.Git{}, failure("configure", "git", "there is no program git on the PATH", helper.PathCommand("DIR-OF-GIT"))
	}
	return gitconfig.Git{Program: path, Environ: w.Environ}, nil
}

// failure returns an error for a person.
func failure(op, object, reason, hint string) error {
	return &helper.Error{Who: helper.User, Op: op, Object: object, Reason: reason, Hint: hint, Code: "configure"}
}
