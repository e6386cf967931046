package identity

import (
	"errors"
	"os"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// keyringError says why the keyring did not do what was asked of it.
func keyringError(op, object string, err error) error {
	e := &helper.Error{Who: helper.User, Op: op, Object: object, Reason: err.Error(), Code: "keyring", Cause: err}
	switch {
	case errors.Is(err, keystore.ErrNotFound):
		e.Reason, e.Hint = "the keyring has no such identity", "credential-iam source list"
	case errors.Is(err, keystore.ErrUnavailable):
		e.Reason = "this machine has no persistent keyring (Keychain, Credential Manager or Secret Service): " + err.Error()
		e.Hint = "credential-iam help keystores"
	case errors.Is(err, keystore.ErrLocked):
		e.Reason = "the keyring is locked; unlock it, or run this in a terminal of the desktop session: " + err.Error()
	case errors.Is(err, keystore.ErrTooBig):
		e.Reason = "the document does not fit into this platform's keyring, even without what is not needed: " + err.Error()
	}
	if fix := keystore.Fix(err); fix != "" {
		e.Hint = fix
	}
	return e
}

// fileError says why a credential file cannot be taken, and what to run.
func fileError(from string, err error, hint string) error {
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
