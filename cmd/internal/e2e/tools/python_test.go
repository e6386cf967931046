package tools

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
)

// pip prepares pip to ask the command keyring, and returns a way to run it; one that
// cannot (before 23.1) is missing here.
func (w *world) pip(t *testing.T) func(args ...string) (string, error) {
	t.Helper()
	parts.Program(t, "pip")
	m := regexp.MustCompile(`^pip (\d+)\.(\d+)`).FindStringSubmatch(w.must(t, "pip", "--version"))
	if m == nil {
		t.Fatal("pip does not say its version")
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	if major < 23 || major == 23 && minor < 1 {
		parts.Missing(t, "%s runs no keyring, 23.1 does", m[0])
	}
	w.Env["PIP_CONFIG_FILE"], w.Env["PIP_DISABLE_PIP_VERSION_CHECK"], w.Env["PIP_NO_INPUT"] = os.DevNull, "1", "1"
	// The person's own keyring is the next on the PATH, and is asked for other hosts.
	w.Write(t, "own/keyring", []byte("#!/bin/sh\necho \"$@\" >>\"$HOME/asked\"\nexit 1\n"))
	envtest.Check(t, os.Chmod(w.Path("own/keyring"), 0o700))
	w.link(t, "links/keyring")
	w.Env["PATH"] = w.Path("links") + ":" + w.Path("own") + ":" + w.Env["PATH"]
	return func(args ...string) (string, error) {
		return w.try("pip", append([]string{"download", "--no-deps", "--no-cache-dir", "--retries=0", "--keyring-provider=subprocess", "--dest", w.Folder(t, "wheels-")}, args...)...)
	}
}

func simple(host string) string {
	return "--index-url=https://oauth2accesstoken@" + host + services.Index + "simple/"
}

// TestPip: the index is Google's by its name alone.
func TestPip(t *testing.T) {
	w := newWorld(t)
	pip := w.pip(t)
	v := w.serve(t, python, deployer, services.Python)
	if out, err := pip(simple(python), "demo"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wantUser(t, v, "oauth2accesstoken", "/simple/demo/", ".whl")
	w.wantMints(t, 1)

	// With another user name, or none, pip gets no password, and the person sees why.
	out, err := pip(strings.Replace(simple(python), "oauth2accesstoken@", "me@", 1), "demo")
	if err == nil || !strings.Contains(out, "keyring: ") || !strings.Contains(out, "oauth2accesstoken") {
		t.Errorf("%v\n%s", err, out)
	}
	w.wantMints(t, 1)
}

// The URL of an index or of a requirement picks the host that pip asks us for.
func TestPipHostile(t *testing.T) {
	w := newWorld(t)
	pip := w.pip(t)
	w.serve(t, python, deployer, services.Python)
	rogue := w.rogue(t, python, nil)
	for _, args := range [][]string{
		{simple(python + evil), "demo"},
		{simple(python), "https://oauth2accesstoken@" + python + evil + "/demo-1.0.0-py3-none-any.whl"},
		{simple(python), "--extra-index-url=https://oauth2accesstoken@" + python + evil + "/simple/", "demo==2"},
		{"--index-url=https://oauth2accesstoken@" + python + "%0a" + evil + "/simple/", "demo"},
		{"--index-url=https://" + python + "@" + python + evil + "/simple/", "demo"},
	} {
		if out, err := pip(args...); err == nil {
			t.Errorf("%q succeeded:\n%s", args, out)
		}
	}
	if rogue.Requests() == 0 {
		t.Error("the rogue was asked nothing")
	}
	rogue.WantNothing(t)
	asked, err := os.ReadFile(w.Path("asked"))
	if err != nil || !strings.Contains(string(asked), "get https://"+python+evil) || strings.Contains(string(asked), python+"/") {
		t.Errorf("%v: the person's own keyring was asked\n%s", err, asked)
	}
}

// backend writes the keyring backend of docs/clients.md, for tools that use Python's
// library rather than the command, and has it used.
func (w *world) backend(t *testing.T) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "clients.md"))
	envtest.Check(t, err)
	m := regexp.MustCompile("(?s)```python\n(.*?)```").FindSubmatch(page)
	if m == nil {
		t.Fatal("docs/clients.md has no Python")
	}
	w.Write(t, "python/credential_iam.py", m[1])
	w.Env["PYTHONPATH"], w.Env["PYTHON_KEYRING_BACKEND"] = w.Path("python"), "credential_iam.Backend"
}

// TestTwine uploads a package, which pip then installs.
func TestTwine(t *testing.T) {
	parts.Program(t, "twine")
	w := newWorld(t)
	v := w.serve(t, python, deployer, services.Python)
	rogue := w.rogue(t, python, nil)
	w.backend(t)
	name, wheel, err := services.Wheel("uploaded")
	envtest.Check(t, err)
	w.Write(t, name, wheel)
	upload := func(host string) (string, error) {
		return w.try("twine", "upload", "--non-interactive", "--disable-progress-bar", "--repository-url=https://"+host+services.Index, name)
	}
	if out, err := upload(python); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wantUser(t, v, "oauth2accesstoken", "POST "+services.Index)
	w.wantMints(t, 1)
	if out, err := upload(python + evil); err == nil {
		t.Errorf("uploaded to a look-alike:\n%s", out)
	}
	rogue.WantNothing(t)
	if out, err := w.pip(t)(simple(python), "uploaded"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	w.wantMints(t, 1)
}
