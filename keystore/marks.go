package keystore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// Claim reports whether the caller is the one that may act on key now: at most
// one claim in each interval succeeds, among all processes of the user. It is
// false when in doubt. The time of the last claim is the file's modification time.
func (l Locks) Claim(key Key, every time.Duration, now time.Time) bool {
	file := l.file(key, claimSuffix)
	switch err := l.create(file, now); {
	case err == nil:
		// One process alone makes the file, and that is the first claim. It takes
		// no lock: whoever has it finds a new file and lets go.
		return true
	case !errors.Is(err, fs.ErrExist):
		return false
	}
	release, ok, err := l.try(file, (*flock.Flock).TryLock, false)
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
	// dated again, and the next interval is the first that counts.
	return age >= 0
}

// tick is the least that lies between two marks, for file systems that count in
// coarse steps.
const tick = time.Millisecond

// Mark says that something happened to key now. Every mark is another than the one
// before, whatever the clock says; two processes that mark the same key must exclude
// each other.
func (l Locks) Mark(key Key, now time.Time) error {
	if l.Dir == "" {
		return unavailable("no folder for locks")
	}
	file := l.file(key, markSuffix)
	err := l.create(file, now)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if last := l.Marked(key); !now.After(last.Add(tick)) {
		now = last.Add(tick)
	}
	return os.Chtimes(file, now, now)
}

// Marked returns when the key was marked last; zero is never, or more than a day
// ago. Who sees another time than before knows that it was marked since.
func (l Locks) Marked(key Key) time.Time {
	st, err := os.Stat(l.file(key, markSuffix))
	if err != nil {
		return time.Time{}
	}
	return st.ModTime()
}

// create makes a file of the given date that is not there yet. Now and then the
// files of others that have served are swept on that occasion.
func (l Locks) create(file string, now time.Time) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Close(), os.Chtimes(file, now, now)); err != nil {
		return err
	}
	const sweep = "sweep/locks"
	if file != l.file(sweep, claimSuffix) && l.Claim(sweep, sweepEvery, now) {
		l.sweep(now)
	}
	return nil
}

// served is the age at which a mark or a claim tells nobody anything any more, and
// at which a lock's file that is free was left by somebody who was killed.
const served = 24 * time.Hour

// sweep removes files that have served. A claim or mark that is renewed at this very
// moment may be lost, which costs a mint.
func (l Locks) sweep(now time.Time) {
	files, err := os.ReadDir(l.Dir)
	if err != nil {
		return
	}
	for _, f := range files {
		suffix := filepath.Ext(f.Name())
		if !slices.Contains([]string{lockSuffix, claimSuffix, markSuffix}, suffix) || f.Name() == filepath.Base(l.file("", lockSuffix)) {
			continue
		}
		st, err := f.Info()
		if err != nil || !st.Mode().IsRegular() || now.Sub(st.ModTime()).Abs() < served {
			continue
		}
		path := filepath.Join(l.Dir, f.Name())
		if suffix != lockSuffix {
			_ = os.Remove(path)
			continue
		}
		if release, ok, _ := l.try(path, (*flock.Flock).TryLock, true); ok {
			release()
		}
	}
}
