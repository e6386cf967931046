//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/terminal"
)

// Ctrl-C ends a command that waits for a person, at once and without Enter: nothing is
// written, nothing is signed.
func TestInterruptedAtTerminal(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		// ready is what the screen shows once the command waits.
		ready string
	}{
		"configure":  {[]string{"configure"}, ": "},
		"sign-blob":  {[]string{"sign-blob"}, "end it with Ctrl-D"},
		"sign-jwt":   {[]string{"sign-jwt"}, "end it with Ctrl-D"},
		"source add": {[]string{"source", "add", "work", "--from", "-"}, "end it with Ctrl-D"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
			file := w.Dir + "/.docker/config.json"
			before, err := os.ReadFile(file)
			envtest.Check(t, err)
			w.server.ResetCalls()
			exe, err := os.Executable()
			envtest.Check(t, err)
			cmd := exec.CommandContext(t.Context(), exe, c.args...)
			cmd.Env = append(w.Environ(), asProgram+"=1")
			s, err := terminal.Start(cmd)
			envtest.Check(t, err)
			if s.Await(c.ready) == "" {
				screen, code, err := s.Wait()
				t.Fatalf("it did not wait: exit %d, %v\n%s", code, err, screen)
			}
			envtest.Check(t, s.Type("\x03"))
			screen, code, err := s.Wait()
			if err != nil || code != exitInterrupted {
				t.Errorf("exit %d, %v\n%s", code, err, screen)
			}
			w.noSecret(screen)
			after, err := os.ReadFile(file)
			if err != nil || string(after) != string(before) {
				t.Errorf("the configuration was changed: %v", err)
			}
			w.calls(0)
		})
	}
}

// An interrupted doctor has not found the machine well.
func TestInterruptedDoctor(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"doctor"}, {"doctor", "--json"}} {
		var out, log bytes.Buffer
		a := &app{Core: w.core(), stdin: strings.NewReader(""), stdout: &out, stderr: &log}
		if code := a.run(ctx, args); code != exitInterrupted {
			t.Errorf("%q: exit %d, %q", args, code, log.String())
		}
	}
}
