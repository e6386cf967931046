//go:build linux

package faults

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// table has the page of the documentation written anew: "make reliability".
var table = flag.Bool("table", false, "write docs/reliability.md with what TestReliability saw")

const page = "../../../../docs/reliability.md"

// trouble is a fault, what is promised of it, and how to see that.
type trouble struct {
	fault, promise string
	// more are the tests that try the fault in other ways.
	more string
	// see has the fault happen, fails where the promise is broken, and says what was
	// seen.
	see func(t *testing.T) string
}

// TestReliability has each fault happen to the real programs.
func TestReliability(t *testing.T) {
	parts.Root(t) // to be another user, fill a keyring, mount and cut a network off
	t.Parallel()
	all := troubles()
	if *table {
		all = append(all, byHand()...)
	}
	seen := make([]string, len(all))
	t.Run("each", func(t *testing.T) {
		for i, f := range all {
			t.Run(f.fault, func(t *testing.T) {
				t.Parallel()
				seen[i] = f.see(t)
				t.Log(seen[i])
			})
		}
	})
	switch {
	case !*table, t.Failed():
		return
	case slices.Contains(seen, ""):
		t.Fatal("a fault was not tried, and the page has all")
	}
	if err := os.WriteFile(page, []byte(reliability(all, seen)), 0o644); err != nil { //nolint:gosec // a page for everybody
		t.Fatal(err)
	}
}

// TestReliabilityPage: the page has the faults that are tried, and what is promised.
func TestReliabilityPage(t *testing.T) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	all := append(troubles(), byHand()...)
	if got, want := unseen(string(b)), unseen(reliability(all, make([]string, len(all)))); got != want {
		t.Errorf("run make reliability: the page is\n%s\nwant\n%s", got, want)
	}
}

// reliability is the page.
func reliability(all []trouble, seen []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Reliability

What happens to docker and git when something breaks. Each row was tried on the real programs, with a stand-in for
Google's servers, by the command that wrote this page (%[1]smake reliability%[1]s, as root on Debian for x86_64; it takes ten
minutes). %[1]smake test%[1]s tries each of them too, but for those by hand: what takes minutes, and what happens to a whole
machine. That one is emulated, with a kernel and a clock of its own; two persons work on it, whose tokens are in the
kernel's keyring and in memory files, and the stand-in runs outside of it. Calls are those of the IAM Credentials API.
Times are those of one machine with %[2]d processors, and include the start of the programs (which takes many times as long
where the processor is emulated); a mint ends after at most 20 seconds, whatever hangs.

What no program can know: a virtual machine that stands still together with its clock, because it is moved, or saved and
restored, does not see that time has passed. A token that has ended meanwhile is answered as a good one, until the clock
is set right or the token is erased. Google refuses it; it is never a token of another account.

| fault | what is promised | what was seen | tests |
|---|---|---|---|
`, "`", runtime.NumCPU())
	for i, f := range all {
		by := ""
		if i >= len(troubles()) {
			by = " by hand"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | cmd/internal/e2e/faults `TestReliability`%s%s |\n", f.fault, f.promise, seen[i], by, f.more)
	}
	return b.String()
}

// unseen is the page without what differs from run to run.
func unseen(text string) string {
	text = regexp.MustCompile(`(?m)^(\| .* \| .* \|) .* (\| cmd/.*\|)$`).ReplaceAllString(text, "$1 $2")
	return regexp.MustCompile(`with \d+ processors`).ReplaceAllString(text, "")
}

// account says what clients got.
func account(m *machine.Machine, answers ...machine.Answer) string {
	var tokens []string
	answered, longest := 0, time.Duration(0)
	for _, a := range answers {
		if a.Code == 0 {
			answered++
			if !slices.Contains(tokens, a.Token()) {
				tokens = append(tokens, a.Token())
			}
		}
		longest = max(longest, a.Took)
	}
	said := fmt.Sprintf("%d of %d answered", answered, len(answers))
	switch {
	case len(answers) == 1 && answered == 1:
		said = "answered"
	case len(answers) == 1:
		said = "failed, in one line"
	case answered > 0:
		said += fmt.Sprintf(" with %d token%s", len(tokens), plural(len(tokens)))
	}
	calls := m.IAM.Calls(api)
	digits := 1
	if longest < time.Second {
		digits = 2
	}
	return fmt.Sprintf("%s; %d call%s; %.*f s", said, calls, plural(calls), digits, longest.Seconds())
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}
