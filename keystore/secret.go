package keystore

import (
	"crypto/subtle"
	"fmt"
	"io"
)

// Secret is a string that prints as REDACTED in every verb of fmt, in JSON, in
// slog and in text. Reveal is the one way out.
//
// The string is behind a pointer because fmt calls no methods of a value in an
// unexported field: of such a Secret it prints the address.
type Secret struct{ s *string }

const redacted = "REDACTED"

// NewSecret wraps s.
func NewSecret(s string) Secret { return Secret{&s} }

// Reveal returns the secret itself, for the wire and for nothing else.
func (s Secret) Reveal() string {
	if s.s == nil {
		return ""
	}
	return *s.s
}

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// Equal reports whether both are the same secret; == would compare something
// else. The time it takes does not depend on where they differ.
func (s Secret) Equal(o Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(o.Reveal())) == 1
}

// String returns REDACTED.
func (Secret) String() string { return redacted }

// GoString returns REDACTED.
func (Secret) GoString() string { return redacted }

// Format writes REDACTED for every verb and flag.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalJSON returns "REDACTED"; a protocol that carries a secret says so with
// a string field and Reveal.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText returns REDACTED.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
