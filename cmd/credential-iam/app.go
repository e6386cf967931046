package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/run"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/mint"
)

// app is the world that the commands work in.
type app struct {
	core.Core
	stdin          io.Reader
	stdout, stderr io.Writer

	// started is true once a command line was understood: what fails before is
	// a usage mistake.
	started bool
	// effect is true while a command runs whose output may get lost, see hasEffect.
	effect bool
	// inherit takes back what a program would inherit that this process becomes.
	inherit func()
	// interrupted reports whether an interrupt has come before inherit was called.
	interrupted func() bool
}

// The exit codes: done, failed, not understood.
const (
	exitDone = iota
	exitFailed
	exitUsage
)

// errSilent ends a command whose output has said all already, with exitFailed.
var errSilent = errors.New("failed")

// run answers one command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	if len(args) == 1 {
		switch args[0] {
		case mint.CommandMint:
			return code(a.Mint(ctx, a.stdin, a.stdout))
		case mint.CommandRenew:
			return code(a.Renew(ctx, a.stdin))
		}
	}
	if ok, err := run.Hidden(a.Core, args); ok {
		return code(err)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt) // not for a mint: see interruptible
	defer stop()
	a.uninterrupted(stop)
	manual := &page{Writer: adapter.Output(a.stdout)}
	root := a.root(manual)
	root.SetArgs(args)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		plainUsage(root)
	}
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !a.started {
		err = cmp.Or(notFound(root, args), err)
	}
	if err == nil && manual.err != nil {
		a.started, err = true, manual.err
	}
	failed := exitFailed // once a program is to take over ctx ends too, but what fails then has its own code
	if ctx.Err() != nil {
		failed = exitInterrupted
	}
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errSilent):
		return failed
	}
	if ended := (*run.Ended)(nil); errors.As(err, &ended) {
		return ended.Code
	}
	text := textOf(err, args)
	if usage := (usageError{}); !a.started || errors.As(err, &usage) {
		a.note("%s; run: %s", text, manualOf(cmd))
		return exitUsage
	}
	a.note("%s", hinted(text, err, cmd))
	if not := (*run.NotRun)(nil); errors.As(err, &not) {
		return not.Code
	}
	return failed
}

// hinted is the line of an error. Of a parameter that cannot be used the manual of the
// command knows more than doctor, which never saw it.
func hinted(text string, err error, cmd *cobra.Command) string {
	if e := (*helper.Error)(nil); errors.As(err, &e) && e.Code == "bad-parameter" && e.Hint == "" {
		return strings.TrimSuffix(text, helper.Doctor) + manualOf(cmd)
	}
	return text
}

// textOf is what is said of an error. A key or a token where a command or a host was
// wanted is in the command line alone: it is not repeated.
func textOf(err error, args []string) string {
	for _, arg := range args {
		if _, value, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(arg, "-") {
			arg = value
		}
		if !helper.LooksSecret(arg) {
			continue
		}
		for _, form := range []string{arg, strings.ToLower(arg), strings.Trim(strconv.Quote(arg), `"`)} {
			if strings.Contains(err.Error(), form[:min(len(form), 16)]) {
				return "an argument: " + helper.NotShown
			}
		}
	}
	return err.Error()
}

// uninterrupted has a program that this process becomes find the interrupt as it was.
func (a *app) uninterrupted(stop func()) {
	inherit := a.inherit
	seen := make(chan os.Signal, 1)
	signal.Notify(seen, os.Interrupt)
	a.interrupted = func() bool { return len(seen) > 0 }
	a.inherit = func() {
		stop()
		signal.Stop(seen) // from here on an interrupt ends this process
		if inherit != nil {
			inherit()
		}
	}
}

// code is the exit code of what says nothing.
func code(err error) int {
	if err != nil {
		return exitFailed
	}
	return exitDone
}

// root returns the tree of commands; its manuals go to a page.
func (a *app) root(manual *page) *cobra.Command {
	root := &cobra.Command{
		Use:   "credential-iam",
		Short: "docker and git credentials as a Google service account, without a key",
		Long: `credential-iam configures and checks the two credential helpers
docker-credential-iam and git-credential-iam, which let docker and git work as a
Google service account without a service account key. It also makes tokens and
signatures as that account, for other programs.

Standard output is the answer and nothing else, standard error is information.
With --json the answer is one JSON object of a stable form. The exit status is 0
when all is well, 1 when something failed, 2 when the command line was not
understood, and 130 after Ctrl-C. CREDENTIAL_IAM_LOG=debug logs each step to
standard error, CREDENTIAL_IAM_LOG=file:PATH appends it to a file, with a line
for each token that is requested: see credential-iam help configuration.`,
		Example: `  credential-iam configure --docker europe-docker.pkg.dev \
      --service-account deployer@proj.iam.gserviceaccount.com \
      --git https://dev-1234567890-git.europe-west4.sourcemanager.dev
  credential-iam doctor
  credential-iam status
  credential-iam token`,
		SilenceErrors: true, SilenceUsage: true, DisableAutoGenTag: true,
		PersistentPreRun: func(c *cobra.Command, _ []string) {
			a.started = true
			_, a.effect = c.Annotations[effect]
		},
		Version: helper.Version(),
	}
	root.SetVersionTemplate("credential-iam {{.Version}}\n")
	root.SetIn(a.stdin)
	root.SetOut(manual)
	root.SetErr(a.stderr)
	root.SetUsageFunc(usage)
	root.SetFlagErrorFunc(flagMistake)
	a.addCommands(root, manual)
	refuseEmpty(root)
	values{a}.complete(root)
	return root
}

// onTerminal reports whether a person sits at standard input.
func (a *app) onTerminal() bool {
	f, ok := a.stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
