package keystore

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/blake2s"

	"github.com/gofrs/flock"
)

// Locks are advisory locks between the processes of one user, one zero-byte file
// each. The kernel drops a lock when its holder dies, so there are no stale ones;
// files are never removed, since removing a locked file would let two hold it.
// A lock that cannot be had costs a second mint, never the credential.
type Locks struct {
	// Dir is the folder of the files, private to the user.
	Dir string
}

const (
	firstPoll = 5 * time.Millisecond
	lastPoll  = 20 * time.Millisecond
)

// OpenLocks returns the locks of this user: in $XDG_RUNTIME_DIR/credential-iam,
// else /tmp/credential-iam-UID; the user's temporary folder on macOS;
// %LOCALAPPDATA%\credential-iam on Windows. The folder is made if need be. It is
// ErrUnavailable if it belongs to somebody else, is open to others or is a link.
func OpenLocks(getenv func(string) string) (Locks, error) {
	dir, err := lockDir(getenv)
	if err != nil {
		return Locks{}, err
	}
	return Locks{Dir: dir}, nil
}

// Lock waits until no other process (and no other goroutine) holds the key's
// lock, or until ctx ends; then the error is ctx's. release is not nil exactly if
// there is no error.
func (l Locks) Lock(ctx context.Context, key Key) (release func(), err error) {
	pause := firstPoll
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		release, ok, err := l.TryLock(key)
		if ok || err != nil {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
		pause = min(pause*3/2, lastPoll)
	}
}

// TryLock takes the key's lock if it is free now. release is not nil exactly if
// ok.
func (l Locks) TryLock(key Key) (release func(), ok bool, err error) {
	return l.try(l.file(key, ".lock"))
}

func (l Locks) try(file string) (release func(), ok bool, err error) {
	if l.Dir == "" {
		return nil, false, unavailable("no folder for locks")
	}
	f := flock.New(file)
	ok, err = f.TryLock()
	if err != nil || !ok {
		_ = f.Close()
		return nil, false, err
	}
	return func() { _ = f.Close() }, true, nil
}

// Claim reports whether the caller is the one that may act on key now: at most
// one claim in each interval succeeds, among all processes of the user. It is
// false when in doubt. The time of the last claim is the file's modification time.
func (l Locks) Claim(key Key, every time.Duration, now time.Time) bool {
	file := l.file(key, ".claim")
	if f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
		// One process alone makes the file, and that is the first claim. It takes
		// no lock: whoever has it finds a new file and lets go.
		_ = f.Close()
		return os.Chtimes(file, now, now) == nil
	} else if !errors.Is(err, fs.ErrExist) {
		return false
	}
	release, ok, err := l.try(file)
	if err != nil || !ok {
		return false
	}
	defer release()
	st, err := os.Stat(file)
	if err != nil {
		return false
	}
	age := now.Sub(st.ModTime())
	if age >= 0 && age < every {
		return false
	}
	if os.Chtimes(file, now, now) != nil {
		return false
	}
	// A claim from the future was made before the clock was set back: it is
	// dated anew, and the next interval is the first that counts.
	return age >= 0
}

// file returns the path of the key's file. Its name is a digest: a key has
// slashes and at-signs, and may be long.
func (l Locks) file(key Key, suffix string) string {
	sum := blake2s.Sum256([]byte(key))
	return filepath.Join(l.Dir, hex.EncodeToString(sum[:16])+suffix)
}
