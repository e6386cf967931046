package main

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/doctor"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// doctorAnswer is the stable form of doctor.
type doctorAnswer struct {
	Checks []doctor.Finding `json:"checks"`
}

func (a *app) doctorCommand() *cobra.Command {
	var host hostFlag
	var asJSON bool
	var bundle string
	c := &cobra.Command{
		Use:   "doctor [--host HOST] [--json] [--bundle FILE]",
		Short: "run all checks; each problem comes with a fix",
		Long: `Doctor follows the path of a real request in small checks and prints each as it
ends: the programs that docker and git run, docker's and git's configuration and
what overrides it, the source identity, the keystore, the issuer plugins, the
API and its clock, each step of the impersonation, and one token for each
identity: those of the configured hosts, or where there is none that of the
section "iam". Below each problem is the command that fixes it. Doctor changes
nothing and takes half a minute at most.

A check is ok, a warning, an error, or skipped; the exit status is 1 when one is
an error, and 130 when doctor was interrupted.
The JSON form is {"checks": [{"name", "result", "detail", "fix"}]}.

With --bundle all of it goes to a file too, with the versions of the programs,
the configuration of docker and git, and the environment that counts, to attach
to a report. It holds no secret: what may be one reads REDACTED.`,
		Example: `  credential-iam doctor
  credential-iam doctor --bundle report.txt
  credential-iam doctor --host europe-docker.pkg.dev --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.doctor(c.Context(), host.text, asJSON, bundle)
		},
	}
	c.Flags().Var(&host, "host", "check only this host: HOST, HOST:PORT or a URL")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&bundle, "bundle", "", "also write all of it, with versions and the redacted configuration, to `FILE`")
	return c
}

// doctor prints each finding as it is known, or all of them as JSON. Where it was
// interrupted they are not all, so that it has failed.
func (a *app) doctor(ctx context.Context, only string, asJSON bool, bundle string) error {
	if bundle != "" {
		if err := namedBundle(bundle); err != nil {
			return err
		}
	}
	answer := doctorAnswer{Checks: []doctor.Finding{}}
	var lost error
	err := doctor.Run(ctx, a.doctorWorld(), only, func(f doctor.Finding) {
		answer.Checks = append(answer.Checks, f)
		if !asJSON && lost == nil {
			lost = a.answer(f.String())
		}
	})
	if asJSON {
		lost = a.answerJSON(answer)
	}
	if bundle != "" {
		if e := a.writeBundle(ctx, bundle, answer.Checks); e != nil {
			return e
		}
	}
	switch {
	case lost != nil:
		return lost
	case errors.Is(err, doctor.ErrFound):
		return errSilent
	case err != nil:
		return &helper.Error{
			Who: helper.User, Op: "check", Object: "the configuration", Code: "interrupted",
			Reason: "interrupted before the last check", Hint: helper.Doctor,
		}
	}
	return nil
}

// doctorWorld is the world of a real request.
func (a *app) doctorWorld() doctor.World {
	options := a.Options()
	w := doctor.World{
		Env: a.Env, Environ: a.Environ, Version: helper.Version(),
		LookPath: exec.LookPath, AskVersion: askVersion, SayVersion: sayVersion,
		Identities: a.Identities(false),
		Keystore: func(ctx context.Context, name string) (keystore.Choice, error) {
			return keystore.Open(ctx, name, options)
		},
		Client: func(store keystore.Store) doctor.Client { return a.ClientOn(store) },
		Mint: func(ctx context.Context, t helper.Target, store keystore.Store) (helper.Token, error) {
			return a.Minter(store, t, nil).Mint(ctx, t)
		},
		Reach:  a.ClientOn(nil).Reach,
		Issuer: a.Issuer,
	}
	if a.Executable != "" {
		w.Bin = filepath.Dir(a.Executable)
	}
	return w
}
