//go:build linux

package release

import (
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

// made is what the tests share.
var made struct {
	once    sync.Once
	folders []string
	dist    string
	key     string
	err     error
}

// target is this machine, as goreleaser names it.
func target() string { return runtime.GOOS + "_" + runtime.GOARCH }

// dist returns the folder of the snapshot.
func dist(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("a snapshot takes a minute or more")
	}
	parts.Root(t)
	if _, err := os.Stat(filepath.Join(root(), ".tools", "goreleaser")); err != nil {
		parts.Missing(t, "no goreleaser: .ci/tool goreleaser builds it")
	}
	if _, err := os.Stat(filepath.Join(root(), ".tools", "minisign")); err != nil {
		parts.Missing(t, "no minisign: .ci/tool minisign builds it")
	}
	made.once.Do(func() { made.dist, made.err = snapshot("ciam-release-") })
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

// snapshot copies what is in the work tree, as one commit of a fixed time, to a new
// folder and makes a snapshot there. It returns the folder of what was made.
func snapshot(pattern string) (string, error) {
	dir, err := os.MkdirTemp("", pattern)
	if err != nil {
		return "", err
	}
	made.folders = append(made.folders, dir)
	if made.key == "" { // a throw-away one
		made.key = filepath.Join(dir, "key")
		minisign := exec.Command(filepath.Join(root(), ".tools", "minisign"), "-G", "-W", "-s", made.key, "-p", made.key+".pub")
		if out, err := minisign.CombinedOutput(); err != nil {
			return "", fmt.Errorf("minisign -G: %w\n%s", err, out)
		}
		dir = filepath.Join(dir, "tree")
		if err := os.Mkdir(dir, 0o755); err != nil {
			return "", err
		}
	}
	script := `set -e
git -C "$1" ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' f; do
	[ "$f" = .tools ] || [ ! -e "$1/$f" ] || printf '%s\0' "$f"
done | tar -C "$1" --null -T - -c | tar -x
git init -q .
git add .
git -c user.name=x -c user.email=x@example.com commit -q -m x
ln -s "$1/.tools" .tools
.ci/snapshot snapshot "$2"`
	cmd := exec.Command("bash", "-c", script, "bash", root(), target())
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
	first := dist(t)
	second, err := snapshot("ciam release-")
	if err != nil {
		t.Fatal(err)
	}
	a, b := read(t, filepath.Join(first, "SHA256SUMS")), read(t, filepath.Join(second, "SHA256SUMS"))
	if a != b || read(t, filepath.Join(first, "provenance.json")) != read(t, filepath.Join(second, "provenance.json")) {
		t.Errorf("two builds differ:\n%s\n%s", a, b)
	}
	for _, kind := range []string{".tar.gz", ".deb", ".rpm", ".apk", ".spdx.json", "image_linux_" + runtime.GOARCH + ".tar", "install.sh", "install.ps1"} {
		if !strings.Contains(a, kind+"\n") {
			t.Errorf("SHA256SUMS has no %s:\n%s", kind, a)
		}
	}
	cmd := exec.Command("sha256sum", "--check", "--quiet", "SHA256SUMS")
	cmd.Dir = first
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// one is the one file of the snapshot that ends so.
func one(t *testing.T, end string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dist(t), "*"+end))
	if err != nil || len(all) != 1 {
		t.Fatalf("files *%s: %q, %v", end, all, err)
	}
	return all[0]
}
