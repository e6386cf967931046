// Package back holds the tests of the way back: the real programs and the real git
// configure a home folder, and unconfigure leaves it byte for byte as it was, or
// configure fails and nothing in it has changed.
package back

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
)

func TestMain(m *testing.M) { envtest.Main(m) }

const (
	account  = testenv.Deployer
	registry = "europe-docker.pkg.dev"
	second   = "gcr.io"
	server   = "https://source.developers.google.com"
	own      = "https://git.example.com/team" // takes ID tokens
)

// person is a home folder with the programs.
type person struct {
	*envtest.Home
	t *testing.T
}

func newPerson(t *testing.T) *person {
	t.Helper()
	return &person{envtest.New(t, testenv.Options{Path: []string{envtest.Programs(t)}}), t}
}

func (p *person) docker() string { return p.DockerConfig() }
func (p *person) git() string    { return p.Path(".gitconfig") }

// run runs credential-iam and returns its exit code and what it said.
func (p *person) run(args ...string) (code int, said string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := p.Command(ctx, p.Dir, nil, "credential-iam", args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (p *person) must(args ...string) string {
	p.t.Helper()
	code, said := p.run(args...)
	if code != 0 {
		p.t.Fatalf("credential-iam %s: exit %d\n%s", strings.Join(args, " "), code, said)
	}
	return said
}

// configure configures both clients for hosts that take each kind of token.
func (p *person) configure(more ...string) {
	p.t.Helper()
	more = append(more, "--no-check")
	p.must(append([]string{"configure", "--service-account", account, "--docker", registry, "--git", server}, more...)...)
	p.must(append([]string{"configure", "--service-account", account, "--git", own, "--token", "id", "--docker", second}, more...)...)
}

// configured checks that docker and git would run the helpers for the hosts.
func (p *person) configured() {
	p.t.Helper()
	raw, err := os.ReadFile(p.docker())
	if err != nil {
		p.t.Fatal(err)
	}
	var file struct {
		CredHelpers map[string]string `json:"credHelpers"`
	}
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&file); err != nil || file.CredHelpers[registry] != "iam" || file.CredHelpers[second] != "iam" {
		p.t.Errorf("docker's file: %v\n%s", err, raw)
	}
	for _, url := range []string{server, own} {
		if got := p.asked(url + "/r"); len(got) != 1 || !strings.Contains(got[0], "iam") {
			p.t.Errorf("git asks %q for %s", got, url)
		}
	}
}

// asked returns the helpers that git runs for a URL, as git itself traces them.
func (p *person) asked(url string) (helpers []string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	// The helpers that are not there answer nothing, and ours is interrupted by nobody.
	cmd := p.Command(ctx, p.Dir, []string{"GIT_TRACE=1", "GIT_ASKPASS=", "CREDENTIAL_IAM_LOG="}, "git", "credential", "fill")
	cmd.Stdin = strings.NewReader("url=" + url + "\n\n")
	out, _ := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if _, run, ok := strings.Cut(line, "trace: run_command: "); ok && strings.HasPrefix(run, "'") && strings.HasSuffix(run, " get'\n") {
			helpers = append(helpers, strings.TrimSpace(run))
		}
	}
	return helpers
}

// snapshot is the home folder, with what is in each file, its mode and where each link
// leads.
func (p *person) snapshot() map[string]string {
	p.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(p.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(p.Dir, path)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir(): // an empty folder says nothing
		case info.Mode()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			all[name] = "link to " + to
			return err
		case !info.Mode().IsRegular():
			all[name] = info.Mode().String()
		default:
			raw, err := os.ReadFile(path)
			mode := info.Mode()
			if runtime.GOOS == "windows" {
				mode = 0
			}
			all[name] = fmt.Sprintf("%o %q", mode, raw)
			return err
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// same checks that the home folder is as before.
func (p *person) same(when string, before map[string]string) {
	p.t.Helper()
	now := p.snapshot()
	// A person's own entries are remembered as such, so that the next run leaves them.
	if name := filepath.Join(".local", "state", "credential-iam", "configured.json"); before[name] == "" && !strings.Contains(now[name], `\"key\"`) {
		delete(now, name)
	}
	if diff := cmp.Diff(before, now); diff != "" {
		p.t.Errorf("%s: not as before:\n%s", when, diff)
	}
}

// link makes a symbolic link in the home folder.
func (p *person) link(to, name string) {
	p.t.Helper()
	path := p.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		p.t.Skip(err)
	}
}

func (p *person) mode(name string, mode fs.FileMode) {
	p.t.Helper()
	if err := os.Chmod(p.Path(name), mode); err != nil {
		p.t.Fatal(err)
	}
}

// contains reports whether a text has all parts.
func contains(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
