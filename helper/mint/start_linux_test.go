package mint

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// slackOf starts a program that tells its timers' slack.
func slackOf(t *testing.T, start func(*exec.Cmd) error) string {
	t.Helper()
	var out strings.Builder
	cmd := exec.Command("cat", "/proc/self/timerslack_ns")
	cmd.Stdout = &out
	if err := start(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Skip(err)
	}
	return strings.TrimSpace(out.String())
}

// The core has coarse timers, and what else we start has not.
func TestStartCoarse(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := slackOf(t, (*exec.Cmd).Start)
	if got := slackOf(t, Start); got != "1000000" {
		t.Errorf("the core's timers may be %s ns late", got)
	}
	if after := slackOf(t, (*exec.Cmd).Start); after != before {
		t.Errorf("other programs' timers may be %s ns late, before it was %s", after, before)
	}
}
