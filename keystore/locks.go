package keystore

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/blake2s"

	"github.com/gofrs/flock"
)

// Locks are advisory locks between the processes of one user, one zero-byte file
// each, and marks: files whose modification time says when something happened. The
// kernel drops a lock when its holder dies, so there are no stale ones. Files do not
// pile up: a lock's goes with the lock, and what is a day old is swept.
//
// A lock that cannot be taken costs a second mint, never the credential.
type Locks struct {
	// Dir is the folder of the files, private to the user.
	Dir string
}

const (
	lockSuffix  = ".lock"
	claimSuffix = ".claim"
	markSuffix  = ".mark"

	firstPoll = 5 * time.Millisecond
	lastPoll  = 20 * time.Millisecond
)

// OpenLocks returns the locks of this user: in $XDG_RUNTIME_DIR/credential-iam, else
// /run/user/UID/credential-iam, else /tmp/credential-iam-UID; the user's temporary
// folder on macOS; %LOCALAPPDATA%\credential-iam on Windows. The folder is made if
// need be. One that belongs to somebody else, is open to others or is a link is not
// used: below /tmp the next number is taken, /tmp/credential-iam-UID-1, ...
func OpenLocks(getenv func(string) string) (Locks, error) {
	dir, err := lockDir(getenv)
	if err != nil {
		return Locks{}, err
	}
	return Locks{Dir: dir}, nil
}

// AllLocks returns the locks that processes of this user with another environment
// use, ours among them. Nothing is made by asking.
func AllLocks(getenv func(string) string) []Locks {
	var all []Locks
	for _, dir := range lockDirs(getenv) {
		all = append(all, Locks{Dir: dir})
	}
	return all
}

// Lock waits until no other process (and no other goroutine) holds the key's
// lock, or until ctx ends; then the error is ctx's. release is not nil exactly if
// there is no error.
func (l Locks) Lock(ctx context.Context, key Key) (release func(), err error) {
	return wait(ctx, func() (func(), bool, error) { return l.TryLock(key) })
}

// TryLock takes the key's lock if it is free now. release is not nil exactly if
// ok.
func (l Locks) TryLock(key Key) (release func(), ok bool, err error) {
	return l.try(l.file(key, lockSuffix), (*flock.Flock).TryLock, true)
}

// Share waits until nobody excludes, and keeps others from it. Any number of
// processes share at a time: those that put an entry.
func (l Locks) Share(ctx context.Context) (release func(), err error) {
	return wait(ctx, func() (func(), bool, error) { return l.try(l.file("", lockSuffix), (*flock.Flock).TryRLock, false) })
}

// Exclude waits until nobody shares or excludes: for who forgets entries.
func (l Locks) Exclude(ctx context.Context) (release func(), err error) {
	return wait(ctx, func() (func(), bool, error) { return l.try(l.file("", lockSuffix), (*flock.Flock).TryLock, false) })
}

// wait tries again and again.
func wait(ctx context.Context, try func() (func(), bool, error)) (release func(), err error) {
	pause := firstPoll
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		release, ok, err := try()
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

// try takes the lock on a file, which is removed when it is given back if remove.
func (l Locks) try(file string, how func(*flock.Flock) (bool, error), remove bool) (release func(), ok bool, err error) {
	if l.Dir == "" {
		return nil, false, unavailable("no folder for locks")
	}
	for {
		f := flock.New(file)
		if ok, err = how(f); err != nil || !ok {
			_ = f.Close()
			return nil, false, err
		}
		// Who had it before may have removed it since we opened it; then others lock
		// its successor.
		mine, err1 := f.Stat()
		there, err2 := os.Stat(file)
		if err1 == nil && err2 == nil && os.SameFile(mine, there) {
			return func() { giveBack(f, remove) }, true, nil
		}
		_ = f.Close()
	}
}

// file returns the path of the key's file. Its name is a digest: a key has
// slashes and at-signs, and may be long.
func (l Locks) file(key Key, suffix string) string {
	sum := blake2s.Sum256([]byte(key))
	return filepath.Join(l.Dir, hex.EncodeToString(sum[:16])+suffix)
}
