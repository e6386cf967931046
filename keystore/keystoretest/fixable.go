package keystoretest

// Fix is the command of a [Fixable].
const Fix = "open sesame"

// Fixable is an error of a keystore that a command fixes, as [keystore.Fix] finds it.
type Fixable struct{ error }

// NewFixable returns an error that a command fixes.
func NewFixable(err error) Fixable { return Fixable{err} }

// Unwrap returns the error.
func (f Fixable) Unwrap() error { return f.error }

// Fix returns the command.
func (Fixable) Fix() string { return Fix }
