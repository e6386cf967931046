package identity

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// Keeper keeps identities.
type Keeper struct {
	Env helper.Env
	// Identities is the keyring; the command that a person typed may ask for its
	// password.
	Identities core.Identities
	// Store is where tokens of the identities are cached, which say whose they are;
	// nil for nowhere.
	Store keystore.Store
	// Stdin is read where the file's name is "-".
	Stdin io.Reader
}

// Kept is an identity that was added.
type Kept struct {
	// Type is the credential file's, Principal whose it is where that is known
	// without a call.
	Type, Principal string

	from string
	raw  []byte
	file *shreddable
}

// Add keeps a credential file, or standard input for "-", under a name and reads it
// back. Another identity of that name is an error unless force is set. With shred
// the file can be removed by the result's Shred; whether it can be is found out
// before anything is changed. The caller closes the result.
func (k Keeper) Add(ctx context.Context, name, from string, shred, force bool) (*Kept, error) {
	kept := &Kept{from: from}
	err := k.read(ctx, kept, shred)
	if err != nil {
		return nil, fileError(from, err, k.find(from, err))
	}
	if err := k.add(ctx, name, kept, force); err != nil {
		kept.Close()
		return nil, err
	}
	return kept, nil
}

// add keeps what was read.
func (k Keeper) add(ctx context.Context, name string, kept *Kept, force bool) error {
	d, err := source.Parse(kept.raw)
	if err != nil {
		return fileError(kept.from, err, k.find(kept.from, err))
	}
	if kept.Type, kept.Principal, err = k.inspect(ctx, keystore.NewSecret(string(kept.raw))); err != nil {
		return fileError(kept.from, err, k.find(kept.from, err))
	}
	if !force {
		if err := k.vacant(ctx, name, d); err != nil {
			return err
		}
	}
	doc := d.Compact()
	if err := k.Identities.Add(ctx, name, doc); err != nil {
		return keyringError("store source identity", name, err)
	}
	back, err := k.Identities.Get(ctx, name)
	if err == nil && !back.Equal(doc) {
		err = errors.New("the keyring returned something other than what was stored")
	}
	if err != nil {
		return keyringError("read back source identity", name, err)
	}
	return nil
}

// read reads the file, and keeps it open where it is to be shredded.
func (k Keeper) read(ctx context.Context, kept *Kept, shred bool) (err error) {
	switch {
	case shred:
		if kept.file, err = openShreddable(kept.from); err != nil {
			return err
		}
		if kept.raw, err = kept.file.read(source.MaxDocument); err != nil {
			kept.Close()
		}
	case kept.from == "-":
		kept.raw, err = readBounded(k.Stdin, source.MaxDocument)
	case isPipe(kept.from):
		kept.raw, err = readPipe(ctx, kept.from, source.MaxDocument)
	default:
		kept.raw, err = helper.ReadFile(kept.from, source.MaxDocument)
	}
	return err
}

// Shred overwrites and removes the file, if it still holds what was read.
func (k *Kept) Shred() error {
	err := k.file.shred(k.raw)
	if err == nil {
		return nil
	}
	return &helper.Error{
		Who: helper.User, Op: "shred", Object: k.from, Code: "shred", Cause: err,
		Reason: err.Error() + "; the copy in the keyring is good, remove the file yourself",
	}
}

// Close closes the file.
func (k *Kept) Close() {
	if k.file != nil {
		k.file.close()
	}
}

// vacant refuses a name that keeps another identity, which may be the only copy.
func (k Keeper) vacant(ctx context.Context, name string, doc *source.Document) error {
	old, err := k.Identities.Get(ctx, name)
	switch {
	case errors.Is(err, keystore.ErrNotFound):
		return nil
	case err != nil:
		return keyringError("look for source identity", name, err)
	}
	if there, err := source.Parse([]byte(old.Reveal())); err == nil && source.SameHolder(there, doc) {
		return nil
	}
	return &helper.Error{
		Who: helper.User, Op: "store source identity", Object: name, Code: "exists",
		Reason: "the keyring holds another one of that name; nothing was changed (--force replaces it)",
		Hint:   "credential-iam source list",
	}
}

// find is the command that helps where a credential file cannot be read:
// gcloud makes its own, and at any other a person has to look.
func (k Keeper) find(from string, err error) string {
	switch {
	case from == "-":
		return "credential-iam source add --help"
	case from == source.WellKnown(k.Env) && !errors.Is(err, fs.ErrPermission):
		return source.LoginADC
	}
	return helper.ListFolderCommand(from)
}
