package toolconfig

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestPip(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the place of pip's file is another")
	}
	s := newScene(t)
	const file = ".config/pip/pip.conf"
	for _, content := range []string{
		none, "", "[global]\n", "[global]", "# mine\n[global]\nindex-url = https://u:" + secret + "@h/simple/\nextra-index-url =\n    https://u:" + secret + "@h/\n    https://v/\n",
		"[install]\nkeyring-provider = import\n\n[global]\n\n", "[install]\r\nno-color=1\r\n", "[install]\nno-color=1",
	} {
		s.back(pip{}, file, content, false)
		if _, err := os.Lstat(s.path("programs/keyring")); err == nil {
			t.Error("the link is left")
		}
	}
	for _, theirs := range []string{"[global]\nkeyring-provider = import\n", "[global]\na=b\nKeyring_Provider: disabled\nc=d"} {
		s.set(file, theirs)
		if e := s.refused(pip{}, file, false); !strings.HasSuffix(e.Hint, "--force") {
			t.Error(e)
		}
		s.back(pip{}, file, theirs, true)
	}
	// A value that was there is not ours, and stays.
	s.set(file, "[global]\nkeyring-provider = subprocess\n")
	s.configure(pip{}, false)
	s.unconfigure(pip{})
	if got := s.read(file); got != "[global]\nkeyring-provider = subprocess\n" {
		t.Errorf("%q", got)
	}
	for _, broken := range []string{"a = b\n", "[global]\n[global]\n"} {
		s.set(file, broken)
		s.refused(pip{}, file, true)
	}
	s.env["PIP_CONFIG_FILE"] = os.DevNull
	s.refused(pip{}, file, true)
}

// TestPipIndex says which index pip never asks a password for.
func TestPipIndex(t *testing.T) {
	s := newScene(t)
	s.LinkDir = s.path("links")
	s.env["PATH"] = s.LinkDir + string(os.PathListSeparator) + s.env["PATH"]
	s.configure(pip{}, false)
	f, err := pip{}.read(s.World)
	if err != nil {
		t.Fatal(err)
	}
	before := string(f.Raw)
	const index = "https://europe-python.pkg.dev/proj/repo/simple/"
	for add, found := range map[string]bool{
		"": false, "index-url = " + index: true, "extra_index_url =\n    https://pypi.org/simple/\n    " + index: true, "index-url = https://oauth2accesstoken@europe-python.pkg.dev/x/": false,
		"index-url = https://pypi.org/simple/": false, "find-links = " + index: false, "index-url = https://me:" + secret + "@europe-python.pkg.dev/x/": false,
		"index-url = https://europe-python.pkg.dev.example.com/": false,
	} {
		if err := os.WriteFile(f.Path, []byte(before+add+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		uses := s.uses(pip{})
		if is := len(uses) == 1 && strings.Contains(uses[0].Trouble, "europe-python.pkg.dev"); is != found || len(uses) != 1 {
			t.Errorf("%q: %+v", add, uses)
		}
	}
	s.env["PIP_EXTRA_INDEX_URL"] = index
	if fix := s.uses(pip{})[0].Fix; fix != "export PIP_EXTRA_INDEX_URL=https://oauth2accesstoken@europe-python.pkg.dev/proj/repo/simple/" {
		t.Error(fix)
	}
	s.env["PIP_EXTRA_INDEX_URL"] = index + " https://me:" + secret + "@pypi.example.com/"
	if fix := s.uses(pip{})[0].Fix; fix != "unset PIP_EXTRA_INDEX_URL" {
		t.Error(fix)
	}
}

// TestPipKeyring never replaces somebody's keyring, and says which one pip runs.
func TestPipKeyring(t *testing.T) {
	s := newScene(t)
	s.write("programs/"+executable("keyring"), "theirs")
	if e := s.refused(pip{}, "programs/"+executable("keyring"), true); !strings.Contains(e.Hint, "--link-dir") {
		t.Error(e)
	}
	// Nor is a link, as pyenv's are, wherever it leads.
	s.write("shims/theirs", "theirs")
	for _, leads := range []string{s.path("shims/theirs"), "/nowhere/theirs"} {
		s.LinkDir = filepath.Dir(s.path("shims/x"))
		link := s.path("shims/" + executable("keyring"))
		if err := os.Symlink(leads, link); err != nil {
			t.Fatal(err)
		}
		_, err := (pip{}).Configure(context.Background(), s.World, nil, true)
		if to, _ := os.Readlink(link); err == nil || to != leads {
			t.Errorf("a link to %s: %v, it leads to %s", leads, err, to)
		}
		if steps := s.Unlink(link); len(steps) > 0 {
			t.Errorf("a link to %s would be removed", leads)
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
	s.LinkDir = s.path("links")
	if p := s.configure(pip{}, false); len(p.Notes) != 1 || !strings.Contains(p.Notes[0], s.LinkDir) {
		t.Errorf("%q", p.Notes)
	}
	uses := s.uses(pip{})
	if len(uses) != 1 || uses[0].Trouble == "" || !strings.HasPrefix(uses[0].Fix, "export PATH=") {
		t.Fatalf("%+v", uses)
	}
	s.env["PATH"] = s.LinkDir + string(os.PathListSeparator) + s.env["PATH"]
	if uses := s.uses(pip{}); uses[0].Trouble != "" {
		t.Errorf("%+v", uses)
	}
	// A link that is yet to be made comes before theirs, so there is nothing to fix.
	s.LinkDir = s.path("first")
	s.env["PATH"] = s.LinkDir + string(os.PathListSeparator) + s.env["PATH"]
	if p, err := (pip{}).Configure(context.Background(), s.World, nil, false); err != nil || len(p.Notes) != 0 {
		t.Errorf("%q, %v", p.Notes, err)
	}
	s.LinkDir = s.path("links")
	s.env["PIP_KEYRING_PROVIDER"] = "disabled"
	if uses := s.uses(pip{}); uses[0].Fix != "unset PIP_KEYRING_PROVIDER" {
		t.Errorf("%+v", uses)
	}
	delete(s.env, "PIP_KEYRING_PROVIDER")
	if err := os.Remove(s.path("links/" + executable("keyring"))); err != nil {
		t.Fatal(err)
	}
	if uses := s.uses(pip{}); !strings.HasSuffix(uses[0].Fix, "--pip --link-dir "+s.LinkDir) {
		t.Errorf("%+v", uses)
	}
	// The programs and the link move.
	if err := os.Symlink("/nowhere/"+executable(program), s.path("links/"+executable("keyring"))); err != nil {
		t.Fatal(err)
	}
	s.configure(pip{}, false)
	if uses := s.uses(pip{}); uses[0].Trouble != "" {
		t.Errorf("%+v", uses)
	}
	s.LinkDir = s.path("elsewhere")
	s.configure(pip{}, false)
	if uses := s.uses(pip{}); len(uses) != 1 || uses[0].Program != s.path("elsewhere/"+executable("keyring")) {
		t.Errorf("%+v", uses)
	}
	s.LinkDir = s.path("links")
	s.configure(pip{}, false)
	s.LinkDir = "" // unconfigure knows where the link is
	s.unconfigure(pip{})
	if s.read("links/"+executable("keyring")) != none || s.read("programs/"+executable("keyring")) != "theirs" {
		t.Error("the links are not as they were")
	}
}
