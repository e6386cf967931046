package keystore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

func TestClaim(t *testing.T) {
	l := keystore.Locks{Dir: t.TempDir()}
	now := time.Now().Truncate(time.Second)
	for _, c := range []struct {
		name string
		at   time.Duration
		want bool
	}{
		{"first", 0, true}, {"again", 0, false}, {"soon", 29 * time.Second, false}, {"next", 30 * time.Second, true},
		{"after that", 59 * time.Second, false}, {"much later", time.Hour, true},
		{"the clock was set back", -time.Hour, false}, {"and on", -time.Hour + 29*time.Second, false}, {"it heals", -time.Hour + 31*time.Second, true},
	} {
		if got := l.Claim("k", 30*time.Second, now.Add(c.at)); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	if !l.Claim("other", 30*time.Second, now) {
		t.Error("another key's claim is refused")
	}
	if (keystore.Locks{Dir: filepath.Join(l.Dir, "missing")}).Claim("k", time.Second, now) {
		t.Error("a claim in a missing folder")
	}
	release, _, err := l.TryLock("k")
	must(t, err)
	defer release()
	if !l.Claim("k", 30*time.Second, now.Add(3*time.Hour)) {
		t.Error("the key's lock stands in the way of its claim")
	}
}

// Of many that claim at once, in several processes, one succeeds.
func TestClaimOnce(t *testing.T) {
	if dir := os.Getenv("TEST_JOB"); dir != "" {
		for range 50 {
			if (keystore.Locks{Dir: dir}).Claim("k", time.Hour, time.Now()) {
				f, err := os.CreateTemp(dir, "won")
				must(t, err)
				must(t, f.Close())
			}
		}
		return
	}
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		cmd := child(t, dir)
		wg.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v %s", err, out)
			}
		})
	}
	wg.Wait()
	if won, _ := filepath.Glob(filepath.Join(dir, "won*")); len(won) != 1 {
		t.Errorf("%d claims succeeded, want 1", len(won))
	}
}

// Every mark is another than the one before, whatever the clock says.
func TestMark(t *testing.T) {
	l := keystore.Locks{Dir: t.TempDir()}
	now := time.Now()
	last := l.Marked("k")
	if !last.IsZero() {
		t.Errorf("marked before it was: %v", last)
	}
	for _, at := range []time.Duration{0, 0, time.Hour, time.Hour, -time.Hour, 0} {
		must(t, l.Mark("k", now.Add(at)))
		if got := l.Marked("k"); !got.After(last) {
			t.Errorf("marked at %v after %v", got, last)
		} else {
			last = got
		}
	}
	if !l.Marked("other").IsZero() {
		t.Error("another key is marked")
	}
	if (keystore.Locks{}).Mark("k", now) == nil || (keystore.Locks{Dir: filepath.Join(l.Dir, "missing")}).Mark("k", now) == nil {
		t.Error("a mark without a folder")
	}
}

// The folder does not grow: what is a day old goes when something new comes, but
// for a lock that is held.
func TestLocksSwept(t *testing.T) {
	l := keystore.Locks{Dir: t.TempDir()}
	now := time.Now()
	for i := range 20 {
		l.Claim(keystore.Key(fmt.Sprint("claim", i)), time.Minute, now)
		must(t, l.Mark(keystore.Key(fmt.Sprint("mark", i)), now))
	}
	held, err := l.Lock(context.Background(), "held")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(l.Dir, "killed.lock"), nil, 0o600))
	share, err := l.Share(context.Background())
	must(t, err)
	must(t, os.WriteFile(filepath.Join(l.Dir, "token.entry"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(l.Dir, "token"), nil, 0o600))
	must(t, l.Mark("new", now.Add(23*time.Hour)))
	if n := files(t, l.Dir); n < 40 {
		t.Errorf("%d files a day later, want all", n)
	}
	must(t, l.Mark("newer", now.Add(25*time.Hour)))
	names, err := os.ReadDir(l.Dir)
	must(t, err)
	kinds := map[string]int{}
	for _, f := range names {
		kinds[filepath.Ext(f.Name())]++
	}
	// The marks new and newer, the claim to sweep, the two locks that are held, and
	// what is not of locks.
	if kinds[".mark"] != 2 || kinds[".claim"] != 1 || kinds[".lock"] != 2 || kinds[".entry"] != 1 || kinds[""] != 1 {
		t.Errorf("left are %v", kinds)
	}
	if _, ok, _ := l.TryLock("held"); ok {
		t.Error("a lock that was held is not any more")
	}
	held()
	share()
}

func files(t *testing.T, dir string) int {
	t.Helper()
	all, err := os.ReadDir(dir)
	must(t, err)
	for _, f := range all {
		if st, err := f.Info(); err != nil || st.Size() != 0 || strings.Contains(f.Name(), "v1") {
			t.Errorf("file %s", f.Name())
		}
	}
	return len(all)
}
