package issuer

import (
	"errors"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
)

// Error is a plugin's error that says who must act.
type Error struct {
	// Who must act: helper.User, helper.Admin or helper.PluginAuthor.
	Who helper.Who
	// Reason says why, in lower case and without a full stop. It is shown to a
	// person and never holds a secret.
	Reason string
	// Hint is a command that can be pasted into a shell; it may be empty.
	Hint string
	// Unreachable says that there was no response or that the service was down,
	// so that a cached credential that is still valid is better than this error.
	Unreachable bool
}

// Error returns the reason and the hint.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Reason
	}
	return e.Reason + "; run: " + e.Hint
}

// UserError returns an error that the person at the keyboard can fix: an option
// that is missing or wrong, say. The hint is a command.
func UserError(reason, hint string) *Error {
	return &Error{Who: helper.User, Reason: reason, Hint: hint}
}

// AdminError returns an error that needs an administrator: a permission or a
// trust that the other side does not grant. The hint is a command.
func AdminError(reason, hint string) *Error {
	return &Error{Who: helper.Admin, Reason: reason, Hint: hint}
}

// identityError is a failure of the Identity service, as the plugin sees it.
// The host keeps the real one and gives it to the person.
type identityError struct{ cause *Error }

func (e *identityError) Error() string { return e.cause.Error() }

func (e *identityError) Unwrap() error { return e.cause }

// failure returns the wire form of an error that Issue returned.
func failure(err error) *issuerpb.Failure {
	f := &issuerpb.Failure{Who: issuerpb.Failure_WHO_PLUGIN_AUTHOR, Reason: clip(err.Error())}
	var e *Error
	if errors.As(err, &e) {
		f.Reason, f.Hint, f.Unreachable = clip(e.Reason), clip(e.Hint), e.Unreachable
		f.Who = wireWho(e.Who)
	}
	var own *identityError
	f.Identity = errors.As(err, &own)
	return f
}

func clip(s string) string { return helper.OneLine(s, maxReason) }

func wireWho(w helper.Who) issuerpb.Failure_Who {
	switch w {
	case helper.User:
		return issuerpb.Failure_WHO_USER
	case helper.Admin:
		return issuerpb.Failure_WHO_ADMIN
	case helper.PluginAuthor:
		return issuerpb.Failure_WHO_PLUGIN_AUTHOR
	}
	return issuerpb.Failure_WHO_UNSPECIFIED
}

func who(w issuerpb.Failure_Who) helper.Who {
	switch w {
	case issuerpb.Failure_WHO_USER:
		return helper.User
	case issuerpb.Failure_WHO_ADMIN:
		return helper.Admin
	}
	return helper.PluginAuthor
}
