package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/identity"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/keystore"
)

// keeper keeps source identities for a command that a person typed.
func (a *app) keeper(ctx context.Context) identity.Keeper {
	k := identity.Keeper{Env: a.Env, Identities: a.Identities(a.onTerminal()), Stdin: a.input(ctx)}
	if t, err := config.Load(a.Env).DescribeDefault(); err == nil {
		k.Store = a.Stores().Choice(ctx, t.Keystore)
	}
	return k
}

func (a *app) sourceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "source add|list|remove",
		Short: "keep source identities in the keyring instead of in files",
		Long: `A source identity is the credential that impersonates the service account: the
credentials of "gcloud auth application-default login", a service account key, a
configuration of workload identity federation. It is valid for long, so the
platform's keyring (Keychain, Credential Manager, Secret Service) is a better
place for it than a file. Source adds it to the keyring under a name; "source":
"keyring:NAME" in the configuration uses it.

Purge does not delete source identities.`,
		Example: `  gcloud auth application-default login
  credential-iam source add work --shred \
      --from ~/.config/gcloud/application_default_credentials.json
  credential-iam token --source keyring:work`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return usagef("COMMAND is missing; want add, list or remove")
		},
	}
	c.AddCommand(hasEffect(a.sourceAddCommand()), a.sourceListCommand(), hasEffect(a.sourceRemoveCommand()))
	return c
}

func (a *app) sourceListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list [--json]",
		Short: "list the source identities in the keyring",
		Long: `List shows the names of the source identities in the keyring, the type of each
credential and its principal, where that is known without a call. It prints no
secret.

The JSON form is {"sources": [{"name", "type", "principal"}]}.`,
		Example: `  credential-iam source list`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.sourceList(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) sourceList(ctx context.Context, asJSON bool) error {
	sources, err := a.keeper(ctx).List(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return a.answerJSON(map[string][]identity.Source{"sources": sources})
	}
	if len(sources) == 0 {
		a.note("the keyring holds no source identity; run: credential-iam source add NAME --from FILE")
		return nil
	}
	w := tabwriter.NewWriter(a.out(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tTYPE\tPRINCIPAL")
	for _, s := range sources {
		who := s.Principal
		if who == "" {
			who = "unknown until it is used"
		}
		if s.Error != "" {
			s.Type, who = "-", "error: "+helper.OneLine(s.Error, 300)
		}
		fmt.Fprintln(w, s.Name+"\t"+s.Type+"\t"+who)
	}
	return w.Flush()
}

func (a *app) sourceRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "remove a source identity from the keyring",
		Long: `Remove deletes a source identity from the keyring. It revokes nothing: a refresh
token or a key is valid until it is revoked where it was issued. Tokens that
were made from it stay cached until they expire; purge deletes them.`,
		Example: `  credential-iam source remove work`,
		Args:    oneArg("NAME", "the name of a source identity"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkSourceName(args[0]); err != nil {
				return err
			}
			if err := a.keeper(c.Context()).Remove(c.Context(), args[0]); err != nil {
				return err
			}
			return a.answer("removed " + args[0])
		},
	}
}

// checkSourceName refuses what cannot name an identity.
func checkSourceName(name string) error {
	if err := keystore.CheckIdentity(name); err != nil {
		if helper.LooksSecret(name) {
			err = errors.New("NAME: " + helper.NotShown)
		}
		return usageError{err}
	}
	return nil
}
