package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// purgeAnswer is the stable form of purge.
type purgeAnswer struct {
	Purged []purged `json:"purged"`
	Failed []failed `json:"failed"`
}

type purged struct {
	Keystore string `json:"keystore"`
	Tokens   int    `json:"tokens"`
}

type failed struct {
	Keystore string `json:"keystore"`
	Error    string `json:"error"`
}

func (a *app) purgeCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "purge [--json]",
		Short: "delete every cached token in every keystore",
		Long: `Purge deletes every token that is cached on this machine for this user, of every
identity and host, those of source identities included, from every keystore: the
kernel's keyring, the platform's keyring, the memory file system. It revokes
nothing: a token that was copied elsewhere is valid until it expires.

Source identities added with "source add" are not deleted.

A keystore that cannot be reached is a warning on standard error and exit status
1. The JSON form is {"purged": [{"keystore", "tokens"}], "failed": [{"keystore",
"error"}]}.`,
		Example: `  credential-iam purge`,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o := a.options(nil)
			o.Interactive = a.onTerminal()
			stores := keystore.All(o)
			// Who was asked for a password just now is not asked again.
			return a.purge(c.Context(), stores, unreachable(c.Context(), a.options(nil)), asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// unreachable returns why the platform's keyring, which may hold tokens, cannot
// be asked; nil where it can be or where there is none.
func unreachable(ctx context.Context, o keystore.Options) error {
	c, err := keystore.Open(ctx, "keyring", o)
	switch {
	case errors.Is(err, keystore.ErrUnavailable):
		return nil
	case err == nil && keystore.TimedOut(c.Store):
		return keystore.ErrTimeout
	}
	return err
}

// purge empties the stores and tells of each; keyring is why the platform's is
// not among them.
func (a *app) purge(ctx context.Context, stores []keystore.Store, keyring error, asJSON bool) error {
	answer := purgeAnswer{Purged: []purged{}, Failed: []failed{}}
	for _, s := range stores {
		n, err := keystore.Purge(ctx, s)
		answer.add(s.Name(), n)
		if err != nil {
			answer.Failed = append(answer.Failed, failed{s.Name(), helper.OneLine(err.Error(), 300)})
		}
	}
	if keyring != nil {
		answer.Failed = append(answer.Failed, failed{"keyring", helper.OneLine(keyring.Error(), 300)})
	}
	if asJSON {
		if err := a.answerJSON(answer); err != nil {
			return err
		}
	} else {
		for _, p := range answer.Purged {
			if err := a.answer(fmt.Sprintf("%s: %s forgotten", p.Keystore, count(p.Tokens, "token"))); err != nil {
				return err
			}
		}
		if len(answer.Purged) == 0 {
			if err := a.answer("no keystore here, nothing to forget"); err != nil {
				return err
			}
		}
	}
	for _, f := range answer.Failed {
		a.note("warning: keystore %s: %s; tokens may be left there until they expire", f.Keystore, f.Error)
	}
	if len(answer.Failed) > 0 {
		return errSilent
	}
	return nil
}

// add counts tokens; stores of one name, as the kernel's two keyrings, are one.
func (p *purgeAnswer) add(name string, tokens int) {
	for i := range p.Purged {
		if p.Purged[i].Keystore == name {
			p.Purged[i].Tokens += tokens
			return
		}
	}
	p.Purged = append(p.Purged, purged{name, tokens})
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
