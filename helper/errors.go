package helper

import (
	"errors"
	"strings"
	"unicode"

	"github.com/credential-iam/credential-iam/helper/wire"
)

// ErrNoTarget says that a request is for a host that is not answered. An adapter
// says so in the way of its protocol, without a network call.
var ErrNoTarget = errors.New("no target for this host")

// Who must act to fix an error.
type Who string

// The four who can fix an error.
const (
	User         Who = "user"
	Admin        Who = "administrator"
	PluginAuthor Who = "plugin author"
	Us           Who = "credential-iam"
)

// Doctor is the hint of an error that has no better one.
const Doctor = "credential-iam doctor"

// Error is one line for a person: what was attempted, on what, why it failed,
// and the command that fixes it. It never holds a secret.
type Error struct {
	// Who must act.
	Who Who
	// Op is what was attempted, a verb phrase: "mint access token for".
	Op string
	// Object is what it was attempted on, as a person knows it.
	Object string
	// Reason says why it failed, in lower case and without a full stop.
	Reason string
	// Hint is a command that can be pasted into a shell; empty means Doctor.
	Hint string
	// Unreachable says that there was no response or that the service was down,
	// so that a cached token that is still valid is better than this error.
	Unreachable bool
	// Code is a stable word for programs: "permission-denied", "not-found", ...
	Code string
	// Cause is the error below, for errors.Is; its text is part of Reason.
	Cause error
}

// Fields are the members of an error as a JSON object; the cause is not among
// them.
func (e *Error) Fields() []wire.Field {
	return []wire.Field{
		wire.F("who", (*string)(&e.Who)), wire.F("op", &e.Op), wire.F("object", &e.Object), wire.F("reason", &e.Reason), wire.F("hint", &e.Hint),
		wire.F("unreachable", &e.Unreachable), wire.F("code", &e.Code),
	}
}

// Error returns the one line: OP "OBJECT": REASON; run: HINT.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Object != "" {
		b.WriteString(` "` + e.Object + `"`)
	}
	b.WriteString(": " + e.Reason)
	if e.Hint == "" {
		b.WriteString("; run: " + Doctor)
	} else {
		b.WriteString("; run: " + e.Hint)
	}
	return OneLine(b.String(), 2000)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// AsError returns err as an *Error; one without a type is the program's own to fix.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Who: Us, Op: "answer", Object: "", Reason: err.Error(), Cause: err}
}

// OneLine returns outside text as one line that is safe on a terminal: white
// space folded, control bytes and invalid UTF-8 dropped, cut to limit bytes.
func OneLine(s string, limit int) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			continue
		}
		if b.Len()+4 > limit {
			return b.String() + "..."
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
