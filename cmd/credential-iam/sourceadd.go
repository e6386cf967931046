package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

func (a *app) sourceAddCommand() *cobra.Command {
	var from string
	var shred, force bool
	c := &cobra.Command{
		Use:   "add NAME --from FILE|- [--shred] [--force]",
		Short: "copy a credential file into the keyring",
		Long: `Add copies a credential file (of gcloud's application default login, a service
account key, a configuration of workload identity federation) into the keyring
under NAME and reads it back. A new key or login of the same identity replaces
the old one; another identity of that name is an error without --force. Members
of the file that are not needed to sign in are left out, so that it fits:
Windows takes 2,560 bytes, macOS about 2,950. FILE may be - for standard input.

With --shred the file is overwritten and removed, but only after the copy has
been read back. A journaling or copy-on-write file system, or an SSD, may still
hold the old bytes; revoke the credential if that matters.

If there is no persistent keyring, or the document does not fit or is not of a
known type, nothing is changed.`,
		Example: `  credential-iam source add work --shred \
      --from ~/.config/gcloud/application_default_credentials.json
  gcloud secrets versions access latest --secret ci-key |
      credential-iam source add ci --from -
  credential-iam configure --source keyring:work`,
		Args: oneArg("NAME", "a name for the source identity"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkSourceName(args[0]); err != nil {
				return err
			}
			switch {
			case from == "":
				return usagef("--from is missing; want a credential FILE, or - for standard input")
			case helper.LooksSecret(from):
				return usagef("--from: %s; name the file, or - for standard input", helper.NotShown)
			case from == "-" && shred:
				return usagef("--shred removes a file, and standard input is not one")
			}
			return a.sourceAdd(c.Context(), args[0], from, shred, force)
		},
	}
	c.Flags().StringVar(&from, "from", "", "the credential `FILE`, or - for standard input")
	c.Flags().BoolVar(&shred, "shred", false, "overwrite and remove the file once the copy has been read back")
	c.Flags().BoolVar(&force, "force", false, "replace another identity of that name")
	return c
}

// sourceAdd keeps a credential file in the keyring, and then removes it if asked.
func (a *app) sourceAdd(ctx context.Context, name, from string, shred, force bool) error {
	if from == "-" {
		a.noteTyping("the credential file")
	}
	kept, err := a.keeper(ctx).Add(ctx, name, from, shred, force)
	if err != nil {
		return err
	}
	defer kept.Close()
	what := kept.Type
	if kept.Principal != "" {
		what += ", " + kept.Principal
	}
	if err := a.answer("stored as keyring:" + name + " (" + what + ")"); err != nil {
		return err
	}
	if shred {
		if err := kept.Shred(); err != nil {
			return err
		}
		a.note("%s is overwritten and removed", from)
	}
	a.note(`to use it: "source": "keyring:%s" in plugins.iam of %s; run: credential-iam configure --source keyring:%s`, name, config.Path(a.Env), name)
	return nil
}
