package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
	"github.com/credential-iam/credential-iam/helper/adapter"
)

var git = adapter.Program{Name: program, Usage: usage, Answer: answer}

const (
	offer  = "capability[]=authtype\n"
	google = "protocol=https\nhost=source.developers.google.com\n"
)

func newWorld(t *testing.T) *adaptertest.World {
	return adaptertest.New(t, testenv.Docker{Plugins: map[string]testenv.Section{
		"iam@id.example.com": {"token": "id"}, "iam@named.example.com": {"token": "id", "username": "robot"},
		"iam@bad.example.com": {"tokne": "id"}, "iam@own.example.com": {"token": "access"},
	}})
}

func TestGet(t *testing.T) {
	w := newWorld(t)
	for in, want := range map[string]string{
		google: "username=" + adaptertest.Account + "\npassword=access.",
		"protocol=https\nhost=x.googlesource.com\n":          "username=git-service-account\npassword=access.",
		"protocol=https\nhost=europe-go.pkg.dev\n":           "username=oauth2accesstoken\npassword=access.",
		"protocol=https\nhost=own.example.com\n":             "username=" + adaptertest.Account + "\npassword=access.",
		"protocol=https\nhost=named.example.com\n":           "username=robot\npassword=id.",
		offer + "protocol=https\nhost=id.example.com\n":      "capability[]=authtype\nauthtype=Bearer\ncredential=id.",
		"url=https://evil@own.example.com/x\n":               "username=" + adaptertest.Account + "\npassword=access.",
		"protocol=https\nhost=own.example.com\nusername=u\n": "username=" + adaptertest.Account + "\npassword=access.",
	} {
		if r := w.Run(git, in, "get"); r.Code != 0 || !strings.HasPrefix(r.Stdout, want) || r.Stderr != "" {
			t.Errorf("%q: exit %d, %q, %q; want %q", in, r.Code, r.Stdout, r.Stderr, want)
		}
	}
	w.Mints()
	for _, in := range []string{
		"", "protocol=https\n", "host=own.example.com\n", "protocol=https\nhost=github.com\n", "protocol=http\nhost=own.example.com\n",
		"protocol=https\nhost=own.example.com\rx\n", "protocol=https\nhost=storage.googleapis.com\n", "url=ssh://own.example.com/\n", strings.Repeat("a=b\n", 1<<19),
	} {
		if r := w.Run(git, in, "get"); r.Code != 0 || r.Stdout+r.Stderr != "" {
			t.Errorf("%.40q: exit %d, %q, %q; want silence", in, r.Code, r.Stdout, r.Stderr)
		}
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other hosts caused %q", m)
	}
}

// Where there is no token git is stopped; where another helper may have one, or git
// is too old, it goes on.
func TestGetFails(t *testing.T) {
	w := newWorld(t)
	w.Core(adaptertest.Core{Denied: true})
	for _, in := range []string{google, "protocol=https\nhost=bad.example.com\n"} {
		if r := w.Run(git, in, "get"); r.Code != 1 || r.Stdout != quit || strings.Count(r.Stderr, "\n") != 1 || !strings.HasPrefix(r.Stderr, program+": ") {
			t.Errorf("%q: exit %d, %q, %q", in, r.Code, r.Stdout, r.Stderr)
		}
	}
	w.Mints()
	if r := w.Run(git, "protocol=https\nhost=id.example.com\n", "get"); r.Code != 0 || r.Stdout != "" || !strings.Contains(r.Stderr, "; run: credential-iam doctor --host id.example.com\n") {
		t.Errorf("an old git: exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("a token was made that nobody can take: %q", m)
	}
}

func TestErase(t *testing.T) {
	w := newWorld(t)
	w.NeedsCache()
	get := func() string { return w.Run(git, google, "get").Stdout }
	first := get()
	for _, in := range []string{google + "password=another\n", "protocol=https\nhost=github.com\n", "", "protocol=https\nhost=a\rb\n"} {
		if r := w.Run(git, in, "erase"); r.Code != 0 || r.Stdout+r.Stderr != "" || get() != first {
			t.Errorf("%q: exit %d, %q, %q, or the token was forgotten", in, r.Code, r.Stdout, r.Stderr)
		}
	}
	if r := w.Run(git, google+first, "erase"); r.Code != 0 || r.Stdout+r.Stderr != "" || get() == first {
		t.Errorf("exit %d, %q, %q, or the refused token was kept", r.Code, r.Stdout, r.Stderr)
	}
	if r := w.Run(git, "protocol=https\nhost=bad.example.com\n", "erase"); r.Code != 0 || r.Stdout != "" || !strings.Contains(r.Stderr, `"tokne"`) {
		t.Errorf("a mistake: exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
}

func TestCommandLine(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{nil, 2, "", program + ": arguments are missing; want " + usage + "; run: " + program + " --help\n"},
		{[]string{"--help"}, 0, "usage: " + program + " " + usage + "\n", ""},
		{[]string{"capability"}, 0, capabilities, ""},
		{[]string{"store"}, 0, "", ""},
		{[]string{"frobnicate"}, 0, "", ""},
		{[]string{"--option", "capability"}, 0, capabilities, ""},
	} {
		if r := w.Run(git, google, c.args...); r != (adaptertest.Result{Code: c.code, Stdout: c.stdout, Stderr: c.stderr}) {
			t.Errorf("%q: %+v", c.args, r)
		}
	}
}

// A message ends at its empty line; git keeps its end of the pipe open.
func TestAnswersAtTheEmptyLine(t *testing.T) {
	w := newWorld(t)
	in, git2us := io.Pipe()
	defer in.Close()
	go func() { _, _ = io.WriteString(git2us, google+"\n") }()
	var out bytes.Buffer
	if code, stderr := w.RunOn(git, in, &out, "get"); code != 0 || stderr != "" || out.Len() == 0 {
		t.Errorf("exit %d, %q", code, stderr)
	}
	if code, stderr := w.RunOn(git, strings.NewReader(google), lost{}, "get"); code != 1 || stderr != program+": write the answer: nobody reads\n" {
		t.Errorf("a lost answer: exit %d, %q", code, stderr)
	}
}

type lost struct{}

func (lost) Write([]byte) (int, error) { return 0, errors.New("nobody reads") }
