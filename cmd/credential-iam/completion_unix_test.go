//go:build unix

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/terminal"
)

// typedAndRun are what a person types, Tab at the end, and what the shell then runs.
var typedAndRun = map[string]string{
	"credential-iam stat":                              "status",
	"credential-iam configure --tok":                   "configure --token",
	"credential-iam configure --token j":               "configure --token jwt",
	"credential-iam configure --token=j":               "configure --token=jwt",
	"credential-iam configure --issuer g":              "configure --issuer google",
	"credential-iam configure --set keyst":             "configure --set keystore=",
	"credential-iam token --service-account dep":       "token --service-account " + deployer,
	"credential-iam token --host gi":                   "token --host git.example.com:8443",
	"credential-iam token --host git.example.com:":     "token --host git.example.com:8443",
	"credential-iam configure --audience a: --token j": "configure --audience a: --token jwt",
	"credential-iam help keyst":                        "help keystores",
	"credential-iam completion power":                  "completion powershell",
}

// shellWorld is a world whose PATH has a credential-iam that completes, and says how else
// it was run.
func shellWorld(t *testing.T) (w *world, environ []string) {
	t.Helper()
	w = newWorld(t)
	w.configure(map[string]section{
		"iam":                      {"serviceAccount": deployer},
		"iam@git.example.com:8443": {"token": "id"},
	})
	exe, err := os.Executable()
	envtest.Check(t, err)
	dir := t.TempDir()
	script := "#!/bin/sh\ncase $1 in __complete*) " + asProgram + "=1 exec '" + exe + "' \"$@\" ;; esac\necho \"ran<$*>\"\n"
	envtest.Check(t, os.WriteFile(filepath.Join(dir, "credential-iam"), []byte(script), 0o755))
	for _, entry := range w.Environ() {
		if !strings.HasPrefix(entry, "PATH=") && !strings.HasPrefix(entry, "TERM=") {
			environ = append(environ, entry)
		}
	}
	return w, append(environ, "TERM=dumb", "PATH="+dir+":"+os.Getenv("PATH"))
}

// completion writes the script for a shell to a file.
func (w *world) completion(shell string) (path string) {
	w.t.Helper()
	r := w.run("", "completion", shell)
	if r.code != 0 || r.stderr != "" {
		w.t.Fatalf("exit %d, %q", r.code, r.stderr)
	}
	path = filepath.Join(w.t.TempDir(), "script")
	envtest.Check(w.t, os.WriteFile(path, []byte(r.stdout), 0o600))
	return path
}

// patience ends a shell that does not answer.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// tab has a shell at a terminal read a script, and types the lines.
func tab(t *testing.T, shell *exec.Cmd, read string) {
	t.Helper()
	s, err := terminal.Start(shell)
	envtest.Check(t, err)
	envtest.Check(t, s.Type("PS1='$ '; "+read+"; echo rea''dy\r"))
	if s.Await("ready") == "" {
		screen, _, _ := s.Wait()
		t.Fatalf("it ended: %q", screen)
	}
	for typed, want := range typedAndRun {
		envtest.Check(t, s.Type(typed+"\t\r"))
		if s.Await("ran<"+want+">", "ran<"+want+" >", "ran<", "not found") != "ran<"+want+">" {
			t.Errorf("%q and Tab is not run as %q", typed, want)
			_ = s.Type("\x03")
		}
	}
	envtest.Check(t, s.Type("exit\r"))
	screen, _, _ := s.Wait()
	if t.Failed() {
		t.Logf("%q", screen)
	}
}

// A bash without the package bash-completion completes, and one with it.
func TestCompleteBash(t *testing.T) {
	bash := parts.Program(t, "bash")
	for name, before := range map[string]string{
		"plain":   ":",
		"package": "source /usr/share/bash-completion/bash_completion",
	} {
		t.Run(name, func(t *testing.T) {
			if file := strings.TrimPrefix(before, "source "); file != before {
				if _, err := os.Stat(file); err != nil {
					parts.Missing(t, "the package bash-completion is not here")
				}
			}
			w, environ := shellWorld(t)
			cmd := exec.CommandContext(patience(t), bash, "--norc", "--noprofile", "-i")
			cmd.Env, cmd.Dir = environ, t.TempDir()
			tab(t, cmd, before+"; source "+w.completion("bash"))
		})
	}
}

func TestCompleteZsh(t *testing.T) {
	zsh := parts.Program(t, "zsh")
	w, environ := shellWorld(t)
	cmd := exec.CommandContext(patience(t), zsh, "-f", "-i")
	cmd.Env, cmd.Dir = environ, t.TempDir()
	tab(t, cmd, "autoload -U compinit; compinit -D -u; source "+w.completion("zsh"))
}

// Fish is asked for what it would offer.
func TestCompleteFish(t *testing.T) {
	fish := parts.Program(t, "fish")
	w, environ := shellWorld(t)
	script := w.completion("fish")
	for typed, want := range typedAndRun {
		cmd := exec.CommandContext(t.Context(), fish, "--no-config", "-c", "source "+script+"; complete -C '"+typed+"'")
		cmd.Env, cmd.Dir = environ, t.TempDir()
		out, err := cmd.Output()
		last := want[strings.LastIndex(want, " ")+1:]
		if err != nil || !strings.HasPrefix(string(out), last) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%q: %q, %v, want %q", typed, out, err, last)
		}
	}
}
