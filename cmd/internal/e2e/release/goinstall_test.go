//go:build linux

package release

import (
	"archive/zip"
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const (
	module   = "github.com/credential-iam/credential-iam"
	released = "v1.2.3"
)

// TestGoInstall has "go install" take the module from a proxy, as people who have Go
// alone do: it takes no tags from a module, and refuses one whose go.mod replaces
// another. The programs work, and say what they lack.
func TestGoInstall(t *testing.T) {
	t.Parallel() // with what keeps a processor busy for long
	if testing.Short() {
		t.Skip("every program is linked again")
	}
	check(t, programs.Depend())
	proxy, bin := t.TempDir(), t.TempDir()
	serve(t, proxy)
	install := exec.CommandContext(t.Context(), "go", "install", module+"/cmd/...@latest")
	install.Dir = t.TempDir()
	// What the module needs is in this machine's cache; -trimpath shares what is built.
	install.Env = append(os.Environ(), "GOBIN="+bin, "GOPROXY=file://"+proxy, "GOSUMDB=off", "GOWORK=off", "GOFLAGS=-trimpath", "GOMODCACHE="+borrow(t))
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("go install: %v\n%s", err, out)
	}
	var installed []string
	entries, err := os.ReadDir(bin)
	check(t, err)
	for _, entry := range entries {
		installed = append(installed, entry.Name())
	}
	if want := slices.Sorted(slices.Values(programs.Names(programs.All()))); !slices.Equal(installed, want) {
		t.Errorf("installed %q, want %q", installed, want)
	}

	google := envtest.Google(t, iamtest.Options{}, testenv.Deployer)
	h := envtest.New(t, testenv.Options{Path: []string{bin}})
	h.Write(t, ".config/gcloud/application_default_credentials.json", google.UserADC(testenv.Person))
	h.Write(t, ".docker/config.json", []byte(`{"plugins":{"iam":{"serviceAccount":"`+testenv.Deployer+`","endpoint":"`+google.Endpoint()+`","keystore":"none"}}}`))
	run := func(stdin, name string, args ...string) (stdout, stderr string) {
		t.Helper()
		var out, log strings.Builder
		cmd := h.Command(t.Context(), h.Dir, nil, name, args...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &log
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, log.String())
		}
		return out.String(), log.String()
	}
	for _, ask := range [][3]string{
		{"docker-credential-iam", "get", "europe-docker.pkg.dev"},
		{"git-credential-iam", "get", "protocol=https\nhost=europe-docker.pkg.dev\n\n"},
	} {
		out, _ := run(ask[2], ask[0], ask[1])
		if email, _, ok := google.Inspect(testenv.Token(out)); !ok || email != testenv.Deployer {
			t.Errorf("%s answers as %q", ask[0], email)
		}
	}

	out, _ := run("", "credential-iam", "version", "--json")
	var version struct {
		Version  string
		Untagged []string
	}
	check(t, json.Unmarshal([]byte(out), &version))
	var lack []string
	for _, p := range programs.Of(programs.Core, programs.Adapter) {
		lack = append(lack, filepath.Join(bin, p.Name))
	}
	slices.Sort(version.Untagged)
	if slices.Sort(lack); version.Version != released || !slices.Equal(version.Untagged, lack) {
		t.Errorf("version says %+v, want %s and %q", version, released, lack)
	}
	if _, log := run("", "credential-iam", "version"); !strings.Contains(log, "git clone https://"+module+" && credential-iam/install.sh") {
		t.Errorf("no word of how to build with the tags: %q", log)
	}
}

// serve makes a folder a proxy that has what is in the work tree as a version
// (https://go.dev/ref/mod#goproxy-protocol).
func serve(t *testing.T, dir string) {
	t.Helper()
	at := filepath.Join(dir, module, "@v")
	check(t, os.MkdirAll(at, 0o755))
	for name, content := range map[string]string{
		"list": released + "\n", released + ".info": `{"Version":"` + released + `"}`, released + ".mod": read(t, filepath.Join(root(), "go.mod")),
	} {
		check(t, os.WriteFile(filepath.Join(at, name), []byte(content), 0o644))
	}
	archive, err := os.Create(filepath.Join(at, released+".zip"))
	check(t, err)
	z := zip.NewWriter(archive)
	files := strings.Split(strings.TrimSuffix(output(t, root(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00"), "\x00")
	for _, name := range files {
		info, err := os.Lstat(filepath.Join(root(), name))
		if err != nil || !info.Mode().IsRegular() || nested(files, name) { // removed, a link, another module's
			continue
		}
		w, err := z.Create(module + "@" + released + "/" + name)
		check(t, err)
		_, err = w.Write([]byte(read(t, filepath.Join(root(), name))))
		check(t, err)
	}
	check(t, z.Close())
	check(t, archive.Close())
}

// nested tells whether a file belongs to a module of a folder within this one.
func nested(files []string, name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if slices.Contains(files, dir+"/go.mod") {
			return true
		}
	}
	return false
}

// borrow makes a module cache that has what this machine's has, by links, and to which
// this module can be added without a trace there.
func borrow(t *testing.T) string {
	t.Helper()
	have := strings.TrimSpace(output(t, root(), "go", "env", "GOMODCACHE"))
	lend := t.TempDir()
	own := []string{"github.com", "cache", "cache/download", "cache/download/github.com"}
	for _, dir := range append(own, "") {
		check(t, os.MkdirAll(filepath.Join(lend, dir), 0o755))
		entries, err := os.ReadDir(filepath.Join(have, dir))
		check(t, err)
		for _, entry := range entries {
			name := path.Join(dir, entry.Name())
			if !slices.Contains(own, name) && entry.Name() != "credential-iam" && entry.Name() != "lock" {
				check(t, os.Symlink(filepath.Join(have, name), filepath.Join(lend, name)))
			}
		}
	}
	// What go adds is read-only, and is to go with the test.
	t.Cleanup(func() {
		_ = exec.Command("chmod", "-R", "u+w", filepath.Join(lend, "github.com", "credential-iam")).Run()
	})
	return lend
}
