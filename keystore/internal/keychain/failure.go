package keychain

import (
	"errors"
	"strconv"
	"strings"
)

// ErrTooBig says that a command is longer than what security reads as one line: the
// rest would be a command of its own.
var ErrTooBig = errors.New("too long for security")

// Kind is what a failure of security means for its caller.
type Kind int

// The kinds of failures.
const (
	// Other is a failure that nothing here knows more about than its status.
	Other Kind = iota
	// NotFound is that no keychain of the search list has such an item.
	NotFound
	// NotAllowed is that a locked keychain, or the item, wants a person's consent and
	// the session has nobody to ask: SSH, cron, a service.
	NotAllowed
	// Refused is that the password, or the consent, was not good.
	Refused
	// Canceled is that the person dismissed the dialog.
	Canceled
	// NoDefault is that there is no default keychain to write to, or its file is gone.
	NoDefault
	// None is that no keychain can be had at all.
	None
)

// Failure is why security did not do what it was asked for.
type Failure struct {
	Kind Kind
	// Status is the exit status, -1 where the program did not exit by itself.
	Status int
	// What says in words of this package what happened, where there is no exit status.
	What string
}

func (f *Failure) Error() string {
	if f.What != "" {
		return "security " + f.What
	}
	return "security: exit status " + strconv.Itoa(f.Status)
}

// codes are the errors of the Security and Authorization frameworks that have a kind:
// SecBase.h, Authorization.h. The texts are those that security prints for them; they
// decide where its status is a plain 1, and nowhere else.
var codes = []struct {
	code int32
	kind Kind
	text string
}{
	{-25300, NotFound, "The specified item could not be found in the keychain."},
	{-25308, NotAllowed, "User interaction is not allowed."},
	{-60007, NotAllowed, "The authorization was denied since no user interaction was possible."},
	{-25293, Refused, "The user name or passphrase you entered is not correct."},
	{-60005, Refused, "The authorization was denied."},
	{-128, Canceled, "User canceled the operation."},
	{-60006, Canceled, "The authorization was canceled by the user."},
	{-25307, NoDefault, "A default keychain could not be found."},
	{-25294, NoDefault, "The specified keychain could not be found."},
	{-25291, None, "No keychain is available."},
}

// classify reads how security ended: its exit status is the low byte of the
// framework's error. In interactive mode it also prints "COMMAND: returned CODE", and
// up to Mac OS X 10.9 it then ends with status 0. Nil is success.
func classify(status int, stderr string) *Failure {
	if code, ok := returned(stderr); ok {
		for _, c := range codes {
			if c.code == code {
				return &Failure{Kind: c.kind, Status: int(uint8(code))}
			}
		}
		return &Failure{Status: int(uint8(code))}
	}
	if status == 0 {
		return nil
	}
	for _, c := range codes {
		if status == int(uint8(c.code)) || status == 1 && strings.Contains(stderr, c.text) {
			return &Failure{Kind: c.kind, Status: status}
		}
	}
	return &Failure{Status: status}
}

// returned finds the framework's error in a line "COMMAND: returned CODE".
func returned(stderr string) (int32, bool) {
	for line := range strings.Lines(stderr) {
		command, code, ok := strings.Cut(strings.TrimSpace(line), ": returned ")
		if !ok || strings.Trim(command, "abcdefghijklmnopqrstuvwxyz-") != "" {
			continue
		}
		if n, err := strconv.ParseInt(code, 10, 32); err == nil && n != 0 {
			return int32(n), true
		}
	}
	return 0, false
}
