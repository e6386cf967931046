package git

import (
	"cmp"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
)

// version is a version of git, as far as it matters.
type version struct{ major, minor int }

func (v version) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

func (v version) less(w version) bool {
	return v.major < w.major || v.major == w.major && v.minor < w.minor
}

// The versions at which git changed for a helper (git's RelNotes).
var (
	// bearer takes an Authorization header from a helper, and asks it first.
	bearer = version{2, 46}
	// probing sends the header with the empty request before a large push, too.
	probing = version{2, 54}
	// oldest and newest are beyond all versions.
	oldest, newest = version{}, version{99, 0}
)

// git is a git program.
type git struct {
	// dir is the folder of the program; "" is that of the machine's.
	dir     string
	version version
}

var gitVersion = regexp.MustCompile(`^git version (\d+)\.(\d+)`)

// gits finds the gits of this machine: its own and the unpacked ones.
var gits = sync.OnceValues(func() ([]git, error) {
	var all []git
	if _, err := exec.LookPath("git"); err == nil {
		all = append(all, git{})
	}
	unpacked, err := filepath.Glob(filepath.Join("..", "..", "..", "..", ".tools", "git-*", "bin", "git"))
	if err != nil {
		return nil, err
	}
	for _, path := range unpacked {
		if path, err = filepath.Abs(path); err != nil {
			return nil, err
		}
		all = append(all, git{dir: filepath.Dir(path)})
	}
	for i, g := range all {
		out, err := exec.Command(filepath.Join(g.dir, "git"), "version").Output()
		m := gitVersion.FindStringSubmatch(string(out))
		if err != nil || m == nil {
			return nil, fmt.Errorf("%s/git version: %w: %q", g.dir, err, out)
		}
		all[i].version.major, _ = strconv.Atoi(m[1])
		all[i].version.minor, _ = strconv.Atoi(m[2])
	}
	slices.SortStableFunc(all, func(a, b git) int {
		return cmp.Or(cmp.Compare(a.version.major, b.version.major), cmp.Compare(a.version.minor, b.version.minor))
	})
	return all, nil
})

// found returns the gits from one version up to, and without, another, oldest
// first, or skips the test.
func found(t *testing.T, from, before version) []git {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("git's helpers are tested on Unix only")
	}
	all, err := gits()
	if err != nil {
		t.Fatal(err)
	}
	var good []git
	for _, g := range all {
		if !g.version.less(from) && g.version.less(before) {
			good = append(good, g)
		}
	}
	if len(good) == 0 {
		t.Skipf("no git from %s on and before %s here; .ci/newer-git unpacks what Debian has", from, before)
	}
	return good
}

// eachGit runs a test with each git from one version up to, and without, another.
func eachGit(t *testing.T, from, before version, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, g := range found(t, from, before) {
		withGit(t, g, test)
	}
}

// oldAndNew runs a test with the oldest and the newest git, for what has not
// changed on the way.
func oldAndNew(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	all := found(t, oldest, newest)
	withGit(t, all[0], test)
	if len(all) > 1 {
		withGit(t, all[len(all)-1], test)
	}
}

func withGit(t *testing.T, g git, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("git-"+g.version.String(), func(t *testing.T) {
		t.Parallel()
		test(t, newWorld(t, g))
	})
}

func TestMain(m *testing.M) { envtest.Main(m) }
