package main

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/run"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/session"
	"github.com/credential-iam/credential-iam/helper"
)

// sessionFlags are those of a command for whose programs there is an account.
type sessionFlags struct {
	*targetFlags
	project string
	number  projectNumber
	kind    choice
	noCheck bool
}

// addSessionFlags adds the identity's flags, --scopes, --project and --no-check.
func addSessionFlags(c *cobra.Command) *sessionFlags {
	f := &sessionFlags{targetFlags: addTargetFlags(c)}
	f.add(c, "scopes", "SCOPES", "OAuth scopes of access tokens, whatever programs ask for (default: what they ask for, or "+helper.DefaultScope+")")
	c.Flags().StringVar(&f.project, "project", "", "`PROJECT` to work in, set in GOOGLE_CLOUD_PROJECT and for gcloud (default: that of the environment, of gcloud, or the account's own)")
	c.Flags().Var(&f.number, "project-number", "`NUMBER` of the project, which gcloud in a container looks for (default: it is not known, and answered 404)")
	f.kind = choice{kind: "KIND", of: session.Kinds()}
	c.Flags().Var(&f.kind, "credential-file", "kind of the credential file: federation, user (which Java takes, but without scopes of a program's choice) or none (the metadata server alone, for ID tokens)")
	c.Flags().BoolVar(&f.noCheck, "no-check", false, "start without requesting a token first")
	return f
}

// execCommand runs a command as an account.
func (a *app) execCommand() *cobra.Command {
	var f *sessionFlags
	var env bool
	c := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGUMENT...]",
		Short: "run a command as the service account",
		Long: `Exec runs COMMAND so that it and what it starts act as a service account:
Google's libraries in every language, gcloud, Terraform, Maven's and Gradle's
Artifact Registry plugins. They find application default credentials and a
metadata server on loopback, which live as long as COMMAND, answer this user's
processes alone, take tokens from the same cache as docker and git, and renew
them. A person's own login does not win over them. No token and no key is in the
environment.

A token is tried first: an account that is denied is one line and exit status 1,
and COMMAND is not started. Then this process becomes COMMAND: its exit status,
signals, terminal and streams are COMMAND's own. It is 127 where COMMAND is not
found and 126 where it cannot be run.

Inside, docker's and git's helpers answer as configured, and an exec inside an
exec wins. CREDENTIAL_IAM_LOG=debug names the variables that are removed because
they would go before the account.
` + identityHelp,
		Example: `  credential-iam exec --service-account deployer@proj.iam.gserviceaccount.com \
      -- terraform apply
  credential-iam exec --host europe-docker.pkg.dev -- mvn deploy
  credential-iam exec --project proj -- gcloud storage ls
  credential-iam exec -- bash
  credential-iam exec --env`,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case env && len(args) > 0:
				return usagef("--env prints what would be set and runs nothing; leave out %q", helper.OneLine(args[0], 60))
			case env:
				return a.printSession(c.Context(), f)
			case len(args) == 0:
				return usagef("COMMAND is missing: credential-iam exec [flags] -- COMMAND [ARGUMENT...]")
			}
			return a.exec(c.Context(), f, args)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	c.Flags().SetInterspersed(false) // what follows COMMAND is its own
	f = addSessionFlags(c)
	c.Flags().BoolVar(&env, "env", false, "print what would be set, as a shell reads it, and run nothing")
	return c
}

// exec runs a command in a session.
func (a *app) exec(ctx context.Context, f *sessionFlags, args []string) error {
	path, err := run.Find(args[0], a.Env.Getenv("PATH"))
	if err != nil {
		return err
	}
	if f.kind.value == "" {
		f.kind.value = string(session.KindFor(args[0]))
	}
	ctx, endings := run.Catch(ctx) // before there is anything that could be left
	s, err := a.session(ctx, f, "")
	if err != nil {
		return cmp.Or(endings.Stop(), err)
	}
	command := run.Command{Path: path, Args: args, Core: a.Core, Inherit: a.inherit, Interrupted: a.interrupted, Endings: endings}
	if a.Env.Log != nil {
		command.Stderr = a.stderr
	}
	err = command.Run(s)
	if errors.Is(err, run.ErrInterrupted) {
		return errSilent // the terminal has shown the ^C
	}
	return err
}

// printSession prints what would be set.
func (a *app) printSession(ctx context.Context, f *sessionFlags) error {
	f.noCheck = true
	ctx, endings := run.Catch(ctx)
	s, err := a.session(ctx, f, "")
	if err == nil {
		s.Close() // nobody serves it
	}
	if err = cmp.Or(endings.Stop(), err); err != nil {
		return err
	}
	a.note("nothing answers there: this is what exec would set; for a server that stays: credential-iam serve")
	return a.answer(strings.Join(s.Lines, "\n"))
}

// session makes a session of the account that the flags name, once a token of it can be
// had.
func (a *app) session(ctx context.Context, f *sessionFlags, listen string) (*session.Session, error) {
	if err := helper.CheckProject(f.project); f.project != "" && err != nil {
		if helper.LooksSecret(f.project) {
			err = errors.New(helper.NotShown)
		}
		return nil, usagef("--project: %v", err)
	}
	t, err := a.target(ctx, f.targetFlags, helper.Access)
	if err != nil {
		return nil, err
	}
	t = asAccount(t, helper.Access)
	tokens := a.NewRun(ctx)
	if !f.noCheck {
		if _, err := tokens.Get(t); err != nil {
			return nil, accountHint(err)
		}
	}
	s, err := session.New(session.Options{
		Env: a.Env, Environ: a.Environ, Target: t, Email: a.email(ctx, t), Project: f.project, Number: string(f.number), Listen: listen,
		Kind: session.Kind(cmp.Or(f.kind.value, string(session.Federation))),
	})
	if err != nil {
		return nil, err
	}
	if e, ok := tokens.Unkept(t); ok {
		s.Plan.Unkept = &e
	}
	return s, nil
}

// email is the account's, as far as that is known without a call.
func (a *app) email(ctx context.Context, t helper.Target) string {
	if t.ServiceAccount != "" {
		return t.ServiceAccount
	}
	id, err := a.Client(ctx, t).Known(ctx, t)
	if err != nil {
		return ""
	}
	return id.Principal
}
