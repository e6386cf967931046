//go:build linux

package faults

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
)

const (
	// budget is how long a mint may take, whatever hangs, from its first call to the
	// end of its last one: 20 seconds, and ten in which a busy machine notices. What has
	// no end of its own takes for ever.
	budget = 30 * time.Second
	// prompt is how long one may take that need not wait for anything: less than one
	// that waits as long as a mint may take, and no measure of speed.
	prompt = 15 * time.Second
	// notFound is what docker takes for "go on without credentials".
	notFound = "credentials not found in native keychain"
)

// wantFailure checks that a client was told of a failure as its protocol wants.
func wantFailure(t *testing.T, a machine.Answer) {
	t.Helper()
	line, other, otherWant := a.Stdout, a.Stderr, a.Stdout // docker does not always show the first
	if a.Client == machine.Git {
		line, other, otherWant = a.Stderr, a.Stdout, "quit=1\n"
	}
	if a.Code != 1 || a.Killed {
		t.Errorf("exit code %d (killed: %v), want 1", a.Code, a.Killed)
	}
	if machine.Lines(line) != 1 || !strings.HasSuffix(line, "\n") {
		t.Errorf("%d lines, want one:\n%s", machine.Lines(line), line)
	}
	if !strings.HasPrefix(line, string(a.Client)+": ") || !strings.Contains(line, "; run: ") {
		t.Errorf("the line does not say what to do: %q", line)
	}
	if other != otherWant {
		t.Errorf("the other stream holds %q, want %q", other, otherWant)
	}
}

// wantToken checks that a client got a token of the deployer that is good now,
// and not a word more.
func wantToken(t *testing.T, m *machine.Machine, a machine.Answer) {
	t.Helper()
	if a.Code != 0 || a.Stderr != "" {
		t.Errorf("exit code %d, stdout %q, stderr %q", a.Code, a.Stdout, a.Stderr)
		return
	}
	wantDeployer(t, m, a.Token())
}

func wantDeployer(t *testing.T, m *machine.Machine, token string) {
	t.Helper()
	if strings.Count(token, ".") == 2 && strings.HasPrefix(token, "eyJ") {
		raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
		var claims struct {
			Audience string `json:"aud"`
			Email    string `json:"email"`
		}
		if err != nil || json.Unmarshal(raw, &claims) != nil || claims.Audience != machine.Audience || claims.Email != testenv.Deployer {
			t.Errorf("an ID token of %q for %q", claims.Email, claims.Audience)
		}
		return
	}
	if who, ok := m.IAM.Principal(token); !ok || who != testenv.Deployer {
		t.Errorf("the token (%d bytes) belongs to %q (good: %v)", len(token), who, ok)
	}
}

// wantInTime checks how long an answer took.
func wantInTime(t *testing.T, a machine.Answer, atLeast, atMost time.Duration) {
	t.Helper()
	if a.Took < atLeast || a.Took > atMost {
		t.Errorf("took %s, want %s to %s", a.Took.Round(time.Millisecond), atLeast, atMost)
	}
}

// wantWithinBudget checks that a mint ended within its time, by what the stand-in saw
// of it: how long a loaded machine takes to start the processes is not the mint's.
func wantWithinBudget(t *testing.T, m *machine.Machine, a machine.Answer) {
	t.Helper()
	var first, last time.Time
	envtest.Await(t, "the calls to end", func() bool {
		first, last = time.Time{}, time.Time{}
		for _, c := range m.IAM.Log() {
			if c.Ended.IsZero() {
				return false
			}
			if first.IsZero() || c.Time.Before(first) {
				first = c.Time
			}
			if c.Ended.After(last) {
				last = c.Ended
			}
		}
		return !first.IsZero()
	})
	before, mint, after := first.Sub(a.At), last.Sub(first), a.At.Add(a.Took).Sub(last)
	if before > testenv.Patience || mint > budget || after > testenv.Patience {
		t.Errorf("it took %s to the first call, %s to the end of the last one, want at most %s, and %s to the answer", before, mint, budget, after)
	}
}

// wantQuiet checks that a text that people read holds no secret, and not the
// sentence that makes docker go on without credentials.
func wantQuiet(t *testing.T, text string, secrets []string) {
	t.Helper()
	if s := testenv.Leak(text, secrets); s != "" {
		t.Errorf("a secret (%s) is in:\n%s", s, text)
	}
	if strings.Contains(text, notFound) {
		t.Errorf("a failure became %q", notFound)
	}
}

// wantNothingLeft checks that a request left no process and no file behind.
func wantNothingLeft(t *testing.T, m *machine.Machine, before string, secrets []string) {
	t.Helper()
	if after := m.Files(); after != before {
		t.Errorf("files changed from\n%sto\n%s", before, after)
	}
	for _, wrong := range m.Residue(secrets) {
		t.Errorf("left behind: %s", wrong)
	}
	envtest.Await(t, "its processes to end", func() bool { return len(m.Processes()) == 0 })
}
