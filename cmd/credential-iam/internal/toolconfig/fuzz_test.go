package toolconfig

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fuzzed is a tool with its file, what its flag names, and lines that its file may have.
type fuzzed struct {
	Client
	file         string
	names, lines []string
}

var fuzzedTools = []fuzzed{
	{bazel{}, ".bazelrc", []string{"storage.googleapis.com"}, []string{
		"build --credential_helper=storage.googleapis.com=/x", "common --credential_helper=/y", "build --a", "# c", "", "build:x --b=" + secret, "test \\", "try-import %workspace%/x",
	}},
	{pip{}, ".config/pip/pip.conf", nil, []string{
		"[global]", "[install]", "keyring-provider = import", "keyring_provider: subprocess", "index-url = https://u:" + secret + "@h/", "    https://u:" + secret + "@h/", "# c", "; c", "",
	}},
	{pnpm{}, ".npmrc", []string{"https://us-npm.pkg.dev/proj/"}, []string{
		"registry=https://us-npm.pkg.dev/proj/", "//us-npm.pkg.dev/proj/:_authToken=" + secret, "//us-npm.pkg.dev/proj/:username=x", "//us-npm.pkg.dev/:_authToken=" + secret,
		"//us-npm.pkg.dev/proj/:tokenHelper=/x", "[section]", "; c", "", "a=b",
	}},
	{cargo{}, ".cargo/config.toml", []string{"private"}, []string{
		"[registries.private]", "[registries.other]", "[net]", "index = \"sparse+https://c.example.com/\"", "credential-provider = \"cargo:token\"", "credential-provider = [", "  \"a\", # b", "]",
		"token = \"" + secret + "\"", "# c", "", "[registries]", "private = { index = \"sparse+https://c.example.com/\" }", "registries.private.index = \"sparse+https://c.example.com/\"", "x = \"\"\"", "\"\"\"",
	}},
	{terraform{}, ".terraformrc", nil, []string{
		"credentials_helper \"x\" {}", "credentials_helper \"x\" {", "}", "  args = [\"" + secret + "\"]", "credentials \"y\" {", "# credentials_helper \"z\" {}", "", "disable_checkpoint = true",
	}},
}

// check has a tool's file be anything at all: configure refuses it and leaves it as it
// is, or what it did is taken back to the byte. No value of it is shown.
func (c fuzzed) check(t *testing.T, s *scene, raw []byte, force bool) {
	t.Helper()
	if bytes.Contains(raw, []byte("credential-iam")) || bytes.Contains(raw, []byte(`"iam"`)) {
		return // then it is configured already
	}
	path := s.path(c.file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := c.Configure(context.Background(), s.World, c.names, force)
	if err == nil {
		s.do(p, nil)
		if p := s.configure(c.Client, false, c.names...); len(p.Steps) > 0 {
			t.Errorf("%s: %q: a second run changes %+v", c.Name(), raw, p.Steps[0].Changes)
		}
		if len(s.uses(c.Client)) == 0 && !strings.Contains(string(raw), pipValue) {
			t.Errorf("%s: %q: no use in %q", c.Name(), raw, s.read(c.file))
		}
		s.unconfigure(c.Client)
	} else if strings.Contains(err.Error(), secret) {
		t.Errorf("%s: %v", c.Name(), err)
	}
	if after := s.read(c.file); after != string(raw) {
		t.Errorf("%s: %q became %q", c.Name(), raw, after)
	}
}

// TestManyFiles makes files of the lines, in any order.
func TestManyFiles(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the places of the files are others")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range fuzzedTools {
		s := newScene(t)
		s.env["CARGO_REGISTRIES_PRIVATE_INDEX"] = "sparse+https://crates.example.com/"
		for range 60 {
			lines := make([]string, r.IntN(7))
			for i := range lines {
				lines[i] = c.lines[r.IntN(len(c.lines))]
			}
			end := []string{"\n", "\n", "\r\n"}[r.IntN(3)]
			c.check(t, s, []byte(strings.Join(lines, end)+[]string{"", end}[r.IntN(2)]), r.IntN(2) == 0)
			if t.Failed() {
				return
			}
		}
	}
}

// FuzzFiles does the same with anything.
func FuzzFiles(f *testing.F) {
	if runtime.GOOS != "linux" {
		f.Skip("the places of the files are others")
	}
	for i, c := range fuzzedTools {
		f.Add(i, true, []byte(strings.Join(c.lines[:4], "\n")))
		f.Add(i, false, []byte(strings.Join(c.lines[2:], "\r\n")))
	}
	f.Fuzz(func(t *testing.T, which int, force bool, raw []byte) {
		s := newScene(t)
		s.env["CARGO_REGISTRIES_PRIVATE_INDEX"] = "sparse+https://crates.example.com/"
		fuzzedTools[uint(which)%uint(len(fuzzedTools))].check(t, s, raw, force)
	})
}
