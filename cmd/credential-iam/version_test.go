package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper"
)

func TestVersion(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("runs shell scripts")
	}
	w := newWorld(t)
	bin, path := t.TempDir(), t.TempDir()
	t.Setenv("PATH", path+string(os.PathListSeparator)+os.Getenv("PATH"))
	w.exe = filepath.Join(bin, "credential-iam")
	script := func(dir, name, text string) {
		envtest.Check(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700))
	}
	script(bin, "docker-credential-iam", `[ "$1" = --version ] && echo "docker-credential-iam (credential-iam) `+helper.Version()+`"`)
	script(path, "docker-credential-iam", `[ "$1" = --version ] && echo "docker-credential-iam (credential-iam) v0.0.1"`)
	script(path, "git-credential-iam", `[ "$1" = --version ] && echo "something (else) v1"`)
	others := programs.Of(programs.Adapter)[2:]
	for _, p := range others {
		script(bin, p.Name, `[ "$1" = --version ] && echo "`+p.Name+` (credential-iam) `+helper.Version()+`"`)
	}
	r := w.run("", "version", "--json")
	v := decodeJSON[versionAnswer](t, r.stdout)
	if r.code != 0 || v.Version != helper.Version() || len(v.Programs) != 3+len(others) {
		t.Fatalf("exit %d, %+v", r.code, v)
	}
	if v.Programs[0].Version != helper.Version() || v.Programs[1].Version != "v0.0.1" || v.Programs[2].Version != "" || v.Programs[2].Error == "" {
		t.Errorf("%+v", v.Programs)
	}
	if strings.Count(r.stderr, "warning: ") != 1 || !strings.Contains(r.stderr, "v0.0.1") {
		t.Errorf("warning: %q", r.stderr)
	}
	script(path, "git-credential-iam", "exec sleep 600")
	start := time.Now()
	r = w.run("", "version", "--json")
	v = decodeJSON[versionAnswer](t, r.stdout)
	if time.Since(start) > time.Minute || r.code != 0 || v.Programs[2].Version != "" || v.Programs[2].Error == "" {
		t.Errorf("%s, exit %d, %+v", time.Since(start), r.code, v)
	}
	r = w.run("", "version")
	if !strings.HasPrefix(r.stdout, "credential-iam "+helper.Version()+"\n") {
		t.Errorf("%q", r.stdout)
	}
}

// An answer that cannot be written is a failure, not a mistake in the command line.
func TestFullDisk(t *testing.T) {
	w := newWorld(t)
	for _, args := range [][]string{{"--version"}, {"--help"}, {"help", "token"}, {"token", "--help"}, {"version"}} {
		var log strings.Builder
		a := &app{Core: w.core(), stdout: fullDisk{}, stderr: &log}
		if code := a.run(t.Context(), args); code != exitFailed || log.String() != "credential-iam: write the answer: disk full\n" {
			t.Errorf("%q: exit %d, %q", args, code, log.String())
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// Every command has a page that says what it does, with an example; asked for, it
// goes to standard output.
func TestHelp(t *testing.T) {
	w := newWorld(t)
	a := &app{Core: w.core()}
	root := a.root(&page{Writer: io.Discard})
	pages := [][]string{nil}
	for _, c := range root.Commands() {
		if c.Hidden {
			continue
		}
		pages = append(pages, []string{c.Name()})
		for _, sub := range c.Commands() {
			pages = append(pages, []string{c.Name(), sub.Name()})
		}
	}
	for _, page := range pages {
		c, _, err := root.Find(page)
		if err != nil || c.Long == "" || c.Short == "" || c.Name() != "demo" && c.Example == "" {
			t.Errorf("%q: no long text or no example (%v)", page, err)
		}
		r := w.run("", append(page, "--help")...)
		if r.code != 0 || r.stderr != "" || !strings.Contains(r.stdout, "Usage:") || strings.Contains(r.stdout, "Auto generated") {
			t.Errorf("%q --help: exit %d, %q", page, r.code, r.stderr)
		}
		for line := range strings.Lines(r.stdout) {
			if len(line) > columns+1 || strings.Contains(line, "`") {
				t.Errorf("%q: a line of %d columns, or with a backtick: %q", page, len(line), line)
			}
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if r := w.run("", "completion", shell); r.code != 0 || r.stderr != "" || !strings.Contains(r.stdout, "credential-iam") {
			t.Errorf("completion %s: exit %d, %q", shell, r.code, r.stderr)
		}
	}
}
