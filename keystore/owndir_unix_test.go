//go:build unix

package keystore

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// Where another user has taken the folder's name, and as many of the next as they
// like, all of ours agree on another one.
func TestOwnDirTaken(t *testing.T) {
	for _, taken := range []int{0, 1, 50} {
		base := t.TempDir()
		first := filepath.Join(base, ownName())
		take := func(dir string) {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			// Ours and open to others is as bad as another's, which takes root to make.
			err := os.Chmod(dir, 0o777)
			if os.Geteuid() == 0 {
				err = errors.Join(os.Chmod(dir, 0o700), os.Chown(dir, 54005, 54005))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		want := first
		if taken > 0 {
			take(first)
			for n := 1; n < taken; n++ {
				take(first + "-" + strconv.Itoa(n))
			}
			want += "-" + strconv.Itoa(taken)
		}
		got := make([]string, 40)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() {
				dir, err := ownDirIn(base)
				if err != nil {
					t.Error(err)
				}
				got[i] = dir
			})
		}
		wg.Wait()
		slices.Sort(got)
		if got := slices.Compact(got); !slices.Equal(got, []string{want}) {
			t.Errorf("%d taken: got %v, want %v", taken, got, want)
		}
		if all := ownDirsIn(base); !slices.Equal(all, []string{want}) {
			t.Errorf("%d taken: ours are %v", taken, all)
		}
		// Once ours, it stays the one.
		take(filepath.Join(base, ownName()+"-"+strconv.Itoa(taken+1)))
		take(filepath.Join(base, ownName()+"-x"))
		if dir, err := ownDirIn(base); dir != want || err != nil {
			t.Errorf("%d taken: then %q, %v", taken, dir, err)
		}
	}
	if dir, err := ownDirIn(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Errorf("a folder in none: %q", dir)
	}
}
