// Package keystore keeps short-lived secrets until they expire, in the
// operating system's own keyring.
//
// A [Store] is one back end: the Linux kernel's keyring, the desktop's keyring
// (Keychain, Credential Manager, Secret Service), a file on a memory file
// system, or nothing. [Open] chooses one and says why. [Locks] lets one process
// of many mint what all of them miss, and [Identities] keeps the long-lived
// source identities that a person adds.
//
// The package promises four things. A secret never reaches a disk in clear. No
// call of a Store prompts, and none outlives its deadline. What is read is what
// was written: a malformed entry (another magic, another key, impossible times)
// is a miss and is removed. And a store that fails costs time, never the
// credential: every error here means "mint it again".
//
// The package is an API. It does not know what a token is for, how one is made,
// or who asks.
package keystore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Store keeps entries by key. Every method observes ctx and the back end's own
// deadline, whichever comes first. A Store is safe for concurrent use, by
// goroutines and by processes.
type Store interface {
	// Name is the back end's name as the configuration spells it: "kernel",
	// "keyring", "tmpfs", "none", "memory".
	Name() string
	// Get returns an entry that has not expired, or ErrNotFound.
	Get(ctx context.Context, key Key) (Entry, error)
	// Put keeps e, replacing what was there, atomically: a reader sees the old
	// entry or the new one.
	Put(ctx context.Context, key Key, e Entry) error
	// Delete removes the entry. That there is none is not an error.
	Delete(ctx context.Context, key Key) error
	// List returns the keys of all entries, of every user of the package, in no
	// order. It asks the store itself; there is no index.
	List(ctx context.Context) ([]Key, error)
}

// Entry is a secret with its times. Times are kept to the second or finer.
type Entry struct {
	Secret Secret
	// Issued is when the secret was made and Expires when it dies, both by the
	// local clock.
	Issued, Expires time.Time
	// Username goes with the secret where the issuer chose it, else it is empty.
	Username string
	// Bearer says that the secret is presented as a Bearer token rather than as
	// a password.
	Bearer bool
}

// Errors that a caller decides on. Anything but a nil error is a miss.
var (
	// ErrNotFound says that there is no such entry, or none worth having.
	ErrNotFound = errors.New("no entry")
	// ErrUnavailable says that the back end cannot be used on this machine now.
	ErrUnavailable = errors.New("keystore unavailable")
	// ErrNoSession is an ErrUnavailable: a container has no session keyring that is
	// its own alone, as "keyctl session" makes one.
	ErrNoSession error = because{ErrUnavailable, "no session keyring of its own"}
	// ErrLocked says that the keyring is locked and only a person can open it.
	ErrLocked = errors.New("keyring is locked")
	// ErrTooBig says that the entry exceeds what the back end can hold.
	ErrTooBig = errors.New("entry too big for the keystore")
	// ErrQuota says that the back end is full.
	ErrQuota = errors.New("keystore quota exceeded")
	// ErrTimeout says that the back end ran out of its time. The same Store
	// does not try again: further calls return ErrTimeout at once.
	ErrTimeout = errors.New("keystore did not answer in time")
)

// Key names an entry: "v1/KIND/ACCOUNT/DIGEST". It is visible to every process
// of the user (/proc/keys, keyring viewers), so it never holds a secret.
type Key string

// NewKey returns the key of an entry of the given kind ("access", "id", "jwt",
// "issuer", "source") for an account ("-" when empty). The digest must depend
// on everything that decides the secret.
func NewKey(kind, account, digest string) Key {
	if account == "" {
		account = "-"
	}
	return Key("v1/" + kind + "/" + account + "/" + digest)
}

// Split returns the parts of a key that NewKey made.
func (k Key) Split() (kind, account, digest string, err error) {
	p := strings.Split(string(k), "/")
	if len(p) != 4 || p[0] != "v1" || p[1] == "" || p[2] == "" || p[3] == "" {
		return "", "", "", fmt.Errorf("key %q: want v1/KIND/ACCOUNT/DIGEST", string(k))
	}
	return p[1], p[2], p[3], nil
}

// Options are the parts of the world that a store touches.
type Options struct {
	// Getenv reads the environment, as os.Getenv does.
	Getenv func(string) string
	// Now is the local clock.
	Now func() time.Time
	// Uptime is for how long the machine runs, sleep included; nil asks the system.
	Uptime func() time.Duration
	// Patience replaces the deadlines of the platform's keyring, for a machine that is
	// busy with tests; 0 leaves them as they are.
	Patience time.Duration
	// Skip names back ends that ran out of time in this request already, in
	// this process or in the one that started it.
	Skip []string
	// Interactive allows a keyring to prompt, for up to two minutes. Only a
	// command that a person typed sets it.
	Interactive bool
	// Unchecked opens a keyring that is asked for by name, and any on macOS, without
	// looking first whether it can be used: a call finds out and says so. It saves a
	// reader two round trips, or the run of a program.
	Unchecked bool
}

// Choice is the back end that Open chose.
type Choice struct {
	Store
	// Why says in a few words why this one and not a better one.
	Why string
	// Warning is not empty where an explicit choice was obeyed against advice.
	Warning string
	// Passed is why "auto" passed over better ones, for errors.Is; Why has its words.
	Passed error
}

// TimedOut reports whether the store ran out of time and is not to be tried
// again for this request, in this process or in another.
func TimedOut(s Store) bool { return slices.Contains(Late(s), s.Name()) }

// Late names the back ends of a store that ran out of time, for [Options.Skip].
func Late(s Store) []string {
	if c, ok := s.(Choice); ok {
		s = c.Store
	}
	if l, ok := s.(interface{ late() []string }); ok {
		return l.late()
	}
	return nil
}
