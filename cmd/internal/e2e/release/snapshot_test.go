//go:build linux

package release

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// given is a snapshot or release of every target, which is tested in place of one of
// this machine's target.
var given = flag.String("dist", "", "the `folder` of a release of every target; with it a second one is made of its commit")

// made is what the tests share.
var made struct {
	once    sync.Once
	folders []string
	dist    string
	key     string
	err     error
}

// target is this machine, as a release names it.
func target() string { return runtime.GOOS + "_" + runtime.GOARCH }

// dist returns the folder of the snapshot.
func dist(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("a snapshot takes a minute or more")
	}
	parts.Root(t)
	for _, tool := range []string{"nfpm", "minisign"} {
		if _, err := os.Stat(filepath.Join(root(), ".tools", tool)); err != nil {
			parts.Missing(t, "no %s: .ci/tool %[1]s builds it", tool)
		}
	}
	made.once.Do(func() {
		if *given != "" {
			made.dist, made.err = sign(*given)
		} else {
			made.dist, made.err = snapshot("ciam-release-")
		}
	})
	if made.err != nil {
		t.Fatal(made.err)
	}
	return made.dist
}

func root() string {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", ".."))
	if err != nil {
		panic(err)
	}
	return dir
}

// folder makes a folder that goes with the tests.
func folder(pattern string) (string, error) {
	dir, err := os.MkdirTemp("", pattern)
	made.folders = append(made.folders, dir)
	return dir, err
}

// newKey makes a key to sign with, to be thrown away.
func newKey(dir string) error {
	made.key = filepath.Join(dir, "key")
	out, err := exec.Command(filepath.Join(root(), ".tools", "minisign"), "-G", "-W", "-s", made.key, "-p", made.key+".pub").CombinedOutput()
	if err != nil {
		return fmt.Errorf("minisign -G: %w\n%s", err, out)
	}
	return nil
}

// sign returns a folder that has what the given one has, signed with a new key.
func sign(from string) (string, error) {
	dir, err := folder("ciam-release-")
	if err == nil {
		err = newKey(dir)
	}
	if err != nil {
		return "", err
	}
	script := `set -e
mkdir "$1" && cp -p "$0"/* "$1" && cd "$1"
for file in SHA256SUMS provenance.json; do "$2" -S -s "$3" -m "$file"; done`
	out, err := exec.Command("sh", "-c", script, from, filepath.Join(dir, "dist"), filepath.Join(root(), ".tools", "minisign"), made.key).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("sign %s: %w\n%s", from, err, out)
	}
	return filepath.Join(dir, "dist"), nil
}

// snapshot copies what is in the work tree, as one commit of a fixed time, to a new
// folder and makes a snapshot there, with a license even where the owners have not
// chosen one. It returns the folder of what was made.
func snapshot(pattern string) (string, error) {
	dir, err := folder(pattern)
	if err != nil {
		return "", err
	}
	if made.key == "" {
		if err := newKey(dir); err != nil {
			return "", err
		}
		dir = filepath.Join(dir, "tree")
		if err := os.Mkdir(dir, 0o755); err != nil {
			return "", err
		}
	}
	script := `set -e
git -C "$1" ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' f; do
	[ ! -e "$1/$f" ] || printf '%s\0' "$f"
done | tar -C "$1" --null -T - -c | tar -x
[ -e LICENSE ] || echo 'Do with it what you like.' >LICENSE
git init -q .
git add .
git -c user.name=x -c user.email=x@example.com commit -q -m x
ln -s "$1/.tools" .tools
.ci/snapshot snapshot "$2"`
	return build(dir, script, root(), target())
}

// again makes what was given once more, from its commit.
func again(pattern, command, commit string) (string, error) {
	dir, err := folder(pattern)
	if err != nil {
		return "", err
	}
	script := `set -e
git clone -q "$1" tree && cd tree
git checkout -q "$2"
ln -s "$1/.tools" .tools
.ci/snapshot "${3#make }"
mv dist ..`
	return build(dir, script, root(), commit, command)
}

// build runs a script that makes a release in a folder, and returns the release.
func build(dir, script string, args ...string) (string, error) {
	cmd := exec.Command("bash", append([]string{"-c", script, "bash"}, args...)...)
	cmd.Dir = dir
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "GIT_") && !strings.HasPrefix(entry, "SIGN_KEY=") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	const then = "2026-01-02T03:04:05Z"
	cmd.Env = append(cmd.Env, "GIT_AUTHOR_DATE="+then, "GIT_COMMITTER_DATE="+then, "SIGN_KEY="+made.key)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make snapshot: %w\n%s", err, out)
	}
	return filepath.Join(dir, "dist"), nil
}

// TestReproducible: a second build, in another folder with a blank in its name and
// another temporary folder, gives the same bytes.
func TestReproducible(t *testing.T) {
	t.Parallel() // with what keeps a processor busy for long
	first := dist(t)
	second, err := second(t)
	if err != nil {
		t.Fatal(err)
	}
	a, b := read(t, filepath.Join(first, "SHA256SUMS")), read(t, filepath.Join(second, "SHA256SUMS"))
	if a != b || read(t, filepath.Join(first, "provenance.json")) != read(t, filepath.Join(second, "provenance.json")) {
		t.Errorf("two builds differ:\n%s\n%s", a, b)
	}
}

func second(t *testing.T) (string, error) {
	if *given == "" {
		return snapshot("ciam release-")
	}
	p := readProvenance(t)
	return again("ciam release-", p.Predicate.BuildDefinition.ExternalParameters.Command, p.commit())
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// one is the one file of the snapshot that is for this machine and ends so.
func one(t *testing.T, end string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dist(t), "credential-iam_*_"+target()+end))
	if err != nil || len(all) != 1 {
		t.Fatalf("files *%s: %q, %v", end, all, err)
	}
	return all[0]
}
