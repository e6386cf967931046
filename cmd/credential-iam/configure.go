package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/configure"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/doctor"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
)

// configureAnswer is the stable form of configure and unconfigure.
type configureAnswer struct {
	Changed bool `json:"changed"`
	configure.Report
	Checks []doctor.Finding `json:"checks,omitempty"`
}

func (a *app) configureCommand() *cobra.Command {
	r := configure.Request{Keys: map[string]string{}}
	var t toolFlags
	var asJSON bool
	c := configurePage()
	configureKeys(c, r.Keys)
	flags := c.Flags()
	flags.Var(anySetting{r.Keys, "issuer."}, "option", "option of the issuer plugin (repeatable)")
	flags.StringArrayVar(&r.Docker, "docker", nil, "registry `HOST` (repeatable)")
	flags.StringArrayVar(&r.Git, "git", nil, "git `HOST-OR-URL` (repeatable)")
	t.add(flags, &r)
	flags.StringVar(&r.AuthFile, "auth-file", "", "also add the registries to this `FILE` of podman's or skopeo's")
	flags.BoolVar(&r.DryRun, "dry-run", false, "print the difference and change nothing")
	flags.BoolVar(&r.Force, "force", false, "replace other helpers, and take a host that looks misspelled")
	flags.BoolVar(&r.System, "system", false, "write the defaults of everybody on this machine, and git's system-wide file")
	flags.BoolVar(&r.NoCheck, "no-check", false, "do not try what was configured")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if c.Flags().NFlag() == 0 {
			return a.configureAsking(c.Context())
		}
		if done, err := t.read(&r); done || err != nil {
			if err == nil {
				_, err = io.WriteString(a.stdout, a.configureWorld().Kubelet().Text())
			}
			return err
		}
		report, err := a.configureWorld().Configure(c.Context(), r)
		return a.reportConfigured(c.Context(), r, report, asJSON, err)
	}
	return c
}

// configurePage is the command with its manual.
func configurePage() *cobra.Command {
	return &cobra.Command{
		Use:                   "configure [--service-account EMAIL] [--docker HOST] [--git URL]",
		DisableFlagsInUseLine: true,
		Example: `  credential-iam configure --docker europe-docker.pkg.dev \
      --service-account deployer@proj.iam.gserviceaccount.com \
      --git https://dev-1234567890-git.europe-west4.sourcemanager.dev
  credential-iam configure --git https://git.example.com/team --token id \
      --audience 1234-abc.apps.googleusercontent.com
  credential-iam configure --issuer ecr \
      --docker 123456789012.dkr.ecr.eu-west-1.amazonaws.com \
      --option roleArn=arn:aws:iam::123456789012:role/push
  credential-iam configure --kube prod --token access \
      --service-account deployer@proj.iam.gserviceaccount.com`,
		Short: "make docker, git and others use a service account",
		Long: `Configure makes docker and git use a service account for the hosts that are
named. It writes the account and the other keys into the section of each host in
docker's configuration file (into the default section when no host is named),
and makes docker and git run the helpers for these hosts: an entry of
credHelpers in docker's file, and a helper for the URL in git's global
configuration. An empty helper comes before it, so that helpers that are
configured elsewhere cannot store the token.

Unknown keys, order, indentation, mode, owner and symbolic links of docker's
file are kept. A file that docker could not read, or another helper for one of
the hosts, is an error, and then nothing is changed; --force replaces the
helper. What cannot work is refused likewise: an account that is not a service
account, a host for which none is named anywhere, a file or a name of the
keyring that is not there (--no-check takes a name unseen where no keyring can
be asked), an issuer plugin that is not there or does not take an option, a
mistake in the default section, a host that looks like a misspelled one of
Google's or is at a misspelled location (--force takes that one).

Further clients are made to ask for what their flag names: a context of kubectl,
a registry of pnpm or cargo, a host of Bazel, pip, Terraform. kubectl edits its
own file; to the files of the others configure adds lines with a comment above,
and what --force displaces becomes a comment. --host writes the section of a
host that any other client asks for. --kubelet prints the configuration of
kubelet's credential provider. See credential-iam help clients.

A host that is not a built-in Google host needs --token or --issuer: it gets a
token only if its section names the kind. With an ID token or a JWT, git also
gets http.URL.proactiveAuth and http.URL.postBuffer.

Without any flag, in a terminal, it proposes what it finds and asks: gcloud's
account, or the one that gcloud impersonates; the registries that gcloud's or
gcr's helper answers; the git servers that gcloud.sh answers, and those of the
remotes of the repository at hand. It shows the difference before it writes. No
to everything, or q, changes nothing.

With --system it writes the file of everybody's defaults
(/etc/credential-iam/config.json) and git's system-wide file instead, as an
administrator. Docker reads no such file.

At the end it makes a real request for each host that was configured, as doctor
does, and says what to do next. Where one fails the exit status is 1, as
doctor's, and what was written stays. --no-check leaves that out.

Standard output lists the changes, and what was tried; --dry-run prints the
difference and changes nothing. The JSON form is {"changed", "dryRun",
"changes": [{"file", "key", "old", "new"}], "notes", "diff", "next", "checks"};
"old" and "new" are lists of values, "checks" is that of doctor.`,
		Args: noArgs,
	}
}

// configureKeys adds the flags that set keys of a section.
func configureKeys(c *cobra.Command, values map[string]string) {
	for _, f := range configure.Flags() {
		c.Flags().Var(setting{values, f.Key, f.Kind}, f.Name, f.Usage)
	}
	c.Flags().Var(anySetting{values, ""}, "set", "any key of a section and its value (repeatable)")
}

// configureWorld is the world that configure changes.
func (a *app) configureWorld() configure.World {
	w := configure.World{Env: a.Env, Environ: a.gitEnviron(), LookPath: exec.LookPath, Identities: a.Identities(false), Plugin: a.CheckIssuer}
	if a.Executable != "" {
		w.Bin = filepath.Dir(a.Executable)
	}
	return w
}

// tools is the world of the clients beyond docker and git.
func (a *app) tools() toolconfig.World {
	w := a.configureWorld()
	return toolconfig.World{Env: w.Env, Environ: w.Environ, LookPath: w.LookPath, Bin: w.Bin}
}

// gitEnviron is the environment of git. Its home is that of this program, which a
// service without HOME gets from the user database.
func (a *app) gitEnviron() []string {
	environ := a.Environ
	if environ == nil {
		environ = os.Environ()
	}
	if runtime.GOOS == "windows" || a.Env.HomeDir == "" {
		return environ
	}
	return append(slices.Clone(environ), "HOME="+a.Env.HomeDir)
}

// configureAsking configures what a person enters, in a terminal.
func (a *app) configureAsking(ctx context.Context) error {
	if !isTerminal(a.stdin) || !isTerminal(a.stderr) {
		return usagef("nothing to configure: name an account (--service-account) or a host (--docker, --git); it asks only in a terminal")
	}
	w := a.configureWorld()
	d := configure.Dialogue{In: bufio.NewReader(a.input(ctx)), Out: a.stderr}
	r, err := d.Ask(w.Discover(ctx, ""))
	if err != nil {
		return a.declined(ctx, err)
	}
	r.DryRun = true
	report, err := w.Configure(ctx, r)
	if err != nil || len(report.Changes) == 0 {
		return a.reportChanges(report, false, err)
	}
	fmt.Fprint(a.stderr, report.Diff)
	if yes, err := d.Confirm("Write these changes?"); err != nil || !yes {
		return a.declined(ctx, configure.ErrDeclined)
	}
	r.DryRun = false
	report, err = w.Configure(ctx, r)
	return a.reportConfigured(ctx, r, report, false, err)
}

// declined ends a dialogue in which the person wants nothing: that is an answer and no
// failure, unless it was an interrupt.
func (a *app) declined(ctx context.Context, err error) error {
	if !errors.Is(err, configure.ErrDeclined) || ctx.Err() != nil {
		return err
	}
	return a.answer(err.Error())
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// reportConfigured prints what was changed, and tries it.
func (a *app) reportConfigured(ctx context.Context, q configure.Request, r configure.Report, asJSON bool, err error) error {
	if err != nil || q.DryRun || q.NoCheck || q.System && asJSON {
		return a.reportChanges(r, asJSON, err)
	}
	if asJSON {
		answer := configureAnswer{Changed: len(r.Changes) > 0, Report: r}
		tried := a.tryConfigured(ctx, r, func(f doctor.Finding) { answer.Checks = append(answer.Checks, f) })
		return errors.Join(a.answerJSON(answer), tried)
	}
	if err := a.reportChanges(r, false, nil); err != nil {
		return err
	}
	if q.System { // the administrator is not who is going to use it
		return a.answer("next: " + r.Next)
	}
	if err := a.tryConfigured(ctx, r, func(f doctor.Finding) { _ = a.answer(f.String()) }); err != nil {
		return err
	}
	return a.answer("next: " + r.Next)
}

// reportChanges prints what was changed, or would be.
func (a *app) reportChanges(r configure.Report, asJSON bool, err error) error {
	if !asJSON {
		for _, n := range r.Notes {
			a.note("%s", n)
		}
	}
	if usage := (configure.UsageError{}); errors.As(err, &usage) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	if asJSON {
		return a.answerJSON(configureAnswer{Changed: len(r.Changes) > 0 && !r.DryRun, Report: r})
	}
	if len(r.Changes) == 0 {
		return a.answer("nothing to change")
	}
	if r.DryRun {
		a.effect = false // the difference is the answer
		_, err := fmt.Fprint(a.out(), r.Diff)
		return err
	}
	for _, c := range r.Changes {
		if err := a.answer(c.String()); err != nil {
			return err
		}
	}
	return nil
}
