package main

import (
	"fmt"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/purge"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/unlock"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

func (a *app) purgeCommand() *cobra.Command {
	var host hostFlag
	var asJSON bool
	c := &cobra.Command{
		Use:   "purge [--host HOST] [--json]",
		Short: "delete every cached token in every keystore",
		Long: `Purge deletes every token that is cached on this machine for this user, of every
identity and host, those of source identities included, from every keystore: the
kernel's keyring, the platform's keyring, the memory file system. It revokes
nothing: a token that was copied elsewhere is valid until it expires.

With --host it deletes only the token that this host is answered with, which
other hosts of the same account may share. Of a host that is not configured any
more nothing says which token that was.

Source identities added with "source add" are not deleted.

A keystore that cannot be reached is a warning on standard error and exit status
1. The JSON form is {"purged": [{"keystore", "tokens"}], "failed": [{"keystore",
"error"}]}.`,
		Example: `  credential-iam purge
  credential-iam purge --host europe-docker.pkg.dev`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o := a.Options()
			o.Interactive = a.onTerminal()
			if host.text == "" {
				return a.tell(purge.All(c.Context(), o), asJSON)
			}
			t, err := a.hostTarget(c.Context(), config.Load(a.Env), &targetFlags{host: host})
			if err != nil {
				return unknownToken(host, err)
			}
			return a.tell(purge.Token(c.Context(), o, t), asJSON)
		},
	}
	c.Flags().Var(&host, "host", "delete only the token of this host: HOST, HOST:PORT or a URL")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// unknownToken is the error of a host that is answered no more: which of the cached
// tokens it was answered with, only what was configured for it said. Nobody who purges
// wants to configure it first.
func unknownToken(h hostFlag, err error) error {
	e := *helper.AsError(err)
	if meant, ok := strings.CutPrefix(e.Hint, "credential-iam token "); ok { // another host
		e.Hint = "credential-iam purge " + meant
		return &e
	}
	why := "it is not configured"
	switch e.Code {
	case "no-target", "no-account", "no-consent":
	case "no-source":
		why = "its source identity is not to be found"
	default:
		return err
	}
	return &helper.Error{
		Who: helper.User, Op: "delete the token of", Object: h.text, Code: e.Code, Cause: err,
		Reason: why + ", so which token it was answered with is not known; without --host every token is deleted",
		Hint:   "credential-iam purge",
	}
}

// tell prints what was purged.
func (a *app) tell(answer purge.Report, asJSON bool) error {
	if asJSON {
		if err := a.answerJSON(answer); err != nil {
			return err
		}
	} else {
		for _, p := range answer.Purged {
			if err := a.answer(fmt.Sprintf("%s: %s deleted", p.Keystore, count(p.Tokens, "token"))); err != nil {
				return err
			}
		}
		if len(answer.Purged) == 0 {
			if err := a.answer("no keystore here, nothing to delete"); err != nil {
				return err
			}
		}
	}
	for _, f := range answer.Failed {
		run := ""
		if command := (unlock.World{Getenv: a.Env.Getenv, LookPath: exec.LookPath}).Command(f.Cause); command != "" {
			run = "; run: " + command
		}
		a.note("warning: keystore %s: %s; tokens may be left there until they expire%s", f.Keystore, f.Error, run)
	}
	if len(answer.Failed) > 0 {
		return errSilent
	}
	return nil
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
