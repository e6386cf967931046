package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// maxCredentialFile bounds what source add reads.
const maxCredentialFile = 1 << 20

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
		Example: `  credential-iam source add work --from ~/.config/gcloud/application_default_credentials.json --shred
  gcloud secrets versions access latest --secret ci-key | credential-iam source add ci --from -
  credential-iam configure --source keyring:work`,
		Args: oneArg("a NAME for the source identity"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkSourceName(args[0]); err != nil {
				return err
			}
			switch {
			case from == "":
				return usagef("--from is missing: name a credential file, or - for standard input")
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
	var file *shreddable
	var raw []byte
	var err error
	switch {
	case shred:
		// Whether it can be shredded is found out before anything is changed.
		if file, err = openShreddable(from); err != nil {
			return sourceFileError(from, err, a.findCredential(from, err))
		}
		defer file.close()
		raw, err = file.read(maxCredentialFile)
	case from == "-":
		raw, err = readBounded(a.stdin, maxCredentialFile)
	default:
		raw, err = helper.ReadFile(from, maxCredentialFile)
	}
	if err != nil {
		return sourceFileError(from, err, a.findCredential(from, err))
	}
	doc, err := compactCredential(raw)
	if err != nil {
		return sourceFileError(from, err, source.LoginADC)
	}
	kind, principal, err := a.inspect(ctx, doc)
	if err != nil {
		return sourceFileError(from, err, source.LoginADC)
	}
	ids := a.ownIdentities()
	if !force {
		if err := vacant(ctx, ids, name, doc); err != nil {
			return err
		}
	}
	if err := ids.Add(ctx, name, doc); err != nil {
		return keyringError("keep source identity", name, err)
	}
	kept, err := ids.Get(ctx, name)
	if err == nil && !kept.Equal(doc) {
		err = errors.New("the keyring gave back something else than it was given")
	}
	if err != nil {
		return keyringError("read back source identity", name, err)
	}
	if principal != "" {
		kind += ", " + principal
	}
	if err := a.answer(fmt.Sprintf("kept as keyring:%s (%s)", name, kind)); err != nil {
		return err
	}
	if file != nil {
		if err := file.shred(raw); err != nil {
			return &helper.Error{
				Who: helper.User, Op: "shred", Object: from, Code: "shred", Cause: err,
				Reason: err.Error() + "; the copy in the keyring is good, remove the file yourself",
			}
		}
		a.note("%s is overwritten and removed", from)
	}
	a.note(`to use it: "source": "keyring:%s" in plugins.iam of %s; run: credential-iam configure --source keyring:%s`, name, config.Path(a.env), name)
	return nil
}

// vacant refuses a name that keeps another identity, which may be the only copy.
func vacant(ctx context.Context, ids identities, name string, doc keystore.Secret) error {
	old, err := ids.Get(ctx, name)
	switch {
	case errors.Is(err, keystore.ErrNotFound):
		return nil
	case err != nil:
		return keyringError("look for source identity", name, err)
	case sameHolder(old, doc):
		return nil
	}
	return &helper.Error{
		Who: helper.User, Op: "keep source identity", Object: name, Code: "exists",
		Reason: "the keyring holds another one of that name; nothing was changed (--force replaces it)",
		Hint:   "credential-iam source list",
	}
}

// findCredential is the command that helps where a credential file cannot be read:
// gcloud makes its own, and at any other a person has to look.
func (a *app) findCredential(from string, err error) string {
	switch {
	case from == "-":
		return "credential-iam source add --help"
	case errors.Is(err, fs.ErrNotExist) && from == filepath.Join(source.GcloudDir(a.env), "application_default_credentials.json"):
		return source.LoginADC
	}
	return "ls -ld " + helper.ShellWord(from)
}

// sourceFileError says why a credential file cannot be taken, and what to run.
func sourceFileError(from string, err error, hint string) error {
	if from == "-" {
		from = "standard input"
	}
	return &helper.Error{
		Who: helper.User, Op: "read credential file", Object: from, Reason: reason(err), Code: "bad-source", Cause: err,
		Hint: hint,
	}
}

// reason is an error's cause without the path, which the caller names.
func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// readBounded reads everything, up to a limit.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	}
	return b, nil
}

// inspect says of what type a credential document is and whose, without a call;
// the error is that of the client that would use it.
func (a *app) inspect(ctx context.Context, doc keystore.Secret) (kind, principal string, err error) {
	client := iam.New(iam.Options{Env: a.env, Identities: given{doc}, Version: helper.Version()})
	universe, err := credentialUniverse(doc)
	if err != nil {
		return "", "", err
	}
	id, err := client.Identity(ctx, helper.Target{
		Token: helper.Access, UniverseDomain: universe, Source: helper.Source{Kind: "keyring", Name: "the document"},
	})
	var e *helper.Error
	if errors.As(err, &e) {
		err = errors.New(e.Reason) // what it is about, the caller says better
	}
	if err != nil {
		return "", "", err
	}
	return id.Kind, id.Principal, nil
}

// given is the one identity at hand.
type given struct{ doc keystore.Secret }

// Get returns the document, whatever the name.
func (g given) Get(context.Context, string) (keystore.Secret, error) { return g.doc, nil }
