//go:build unix

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/terminal"
)

// longAccount is as long as a service account can be, 30 letters each for its name and
// its project; longHost has no word to break it at.
const (
	longAccount = "deployer-of-production-systems@production-systems-of-acme-456.iam.gserviceaccount.com"
	longHost    = "northamerica-northeast1-docker.pkg.dev"
)

// atTerminal runs a command at a terminal of 80 columns.
func (w *world) atTerminal(args ...string) (screen string, code int) {
	w.t.Helper()
	exe, err := os.Executable()
	envtest.Check(w.t, err)
	cmd := exec.CommandContext(w.t.Context(), exe, args...)
	cmd.Env = append(w.Environ(), asProgram+"=1")
	s, err := terminal.Start(cmd)
	envtest.Check(w.t, err)
	screen, code, err = s.Wait()
	envtest.Check(w.t, err)
	w.noSecret(screen)
	return screen, code
}

// fits fails for a line that a terminal has to break, but for a command to be copied,
// and a word that is longer than a line.
func fits(t *testing.T, screen string) {
	t.Helper()
	for line := range strings.Lines(screen) {
		line = strings.TrimRight(line, "\n")
		if text := strings.TrimSpace(line); len([]rune(line)) > terminal.Columns && strings.Contains(text, " ") && !strings.HasPrefix(text, "run: ") {
			t.Errorf("%d columns: %q", len([]rune(line)), line)
		}
	}
}

// Five hosts with long names and accounts fit a terminal, whatever is wrong with them,
// and each cause is said once, with what to run.
func TestStatusAtTerminal(t *testing.T) {
	const none = "none is configured"
	gone := "/gone/credentials.json"
	five := []string{longHost, "europe-docker.pkg.dev", "us-docker.pkg.dev", "gcr.io", "eu.gcr.io"}
	for name, c := range map[string]struct {
		base section
		code int
		// once is what is said once, each what is said of each host.
		once, each, not string
	}{
		"all is well": {section{"serviceAccount": longAccount}, exitDone, "source:   " + person, "access token as\n  " + longAccount, "error"},
		"no source":   {section{"serviceAccount": longAccount, "source": "file:" + gone}, exitFailed, "\n  run: ", longAccount + ",\n  see the error below\n", "none:"},
		"no account":  {section{}, exitFailed, none, "  no credential, see the error below\n", "access token"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.t = t
			w.Keystore(t, "tmpfs")
			w.configure(map[string]section{"iam": c.base}, five...)
			if c.code == exitDone {
				w.must("", "token", "--service-account", "source") // from here on it is known who that is
			}
			screen, code := w.atTerminal("status")
			fits(t, screen)
			if code != c.code || strings.Count(screen, "error: ") > 1 || strings.Contains(screen, c.not) {
				t.Errorf("exit %d\n%s", code, screen)
			}
			if n := strings.Count(screen, c.each); n != len(five) {
				t.Errorf("%q is said %d times in\n%s", c.each, n, screen)
			}
			if n := strings.Count(screen, c.once); n != 1 {
				t.Errorf("%q is said %d times in\n%s", c.once, n, screen)
			}
			if n := strings.Count(screen, gone); n > 2 { // the cause, and the command
				t.Errorf("%s is said %d times in\n%s", gone, n, screen)
			}
		})
	}
}

// A configuration without hosts, and a machine without anything, fit too.
func TestStatusEmptyAtTerminal(t *testing.T) {
	w := newWorld(t)
	screen, code := w.atTerminal("status")
	fits(t, screen)
	if code != exitDone || !strings.Contains(screen, "  run: credential-iam configure ") {
		t.Errorf("exit %d\n%s", code, screen)
	}
	envtest.Check(t, os.Remove(w.ADC()))
	screen, _ = w.atTerminal("status")
	fits(t, screen)
}
