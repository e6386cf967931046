//go:build linux

package faults

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/guest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// guests is what .ci/guest has made.
const guests = "../../../../.tools/guest"

// ofGuests are what happens to a whole machine: its clock is set, it is suspended.
func ofGuests() []trouble {
	const set, slept = "; keystore `TestClockSetBack`; helper/iam `TestSetBack`", "; helper/iam `TestAsleep`"
	return []trouble{
		{"the clock of a machine is set ahead and back by 5 minutes, 2 hours and a day, and right again; tokens are cached",
			"a good token each time, with one call at most", set, clockSet},
		{"the same, while a token is minted", "a good token, with two calls at most, and after it another with one", set, clockSetMeanwhile},
		{"the same, with a token of the source identity cached alone", "a good token, with one call at most", set, clockSetSource},
		{"the clock of a machine is set back by 2 minutes, and 3 minutes pass, in which the cached tokens end", "new ones, with one call for both clients",
			"; keystore `TestClockSetBack`", clockSetBack},
		{"the same, but set back while the tokens are minted", "the same", "; helper/iam `TestSetBack`", clockSetBackMeanwhile},
		{"a machine is suspended for 3 minutes, in which the cached tokens end", "new ones, with one call for both clients", "", asleep},
		{"a machine is suspended for 3 minutes while tokens are minted that end meanwhile", "a good token or a failure, not the one that ended", slept, asleepMeanwhile},
		{"a virtual machine stands still for 3 minutes, its clock too, and is behind Google's from then on", "the cached tokens, which have more than that left", "", stoodStill},
		{"a virtual machine stands still for 3 minutes, its clock too, while tokens are minted", "good tokens", "", stoodStillMeanwhile},
		{"a virtual machine stands still for 3 minutes, its clock too, in which the cached tokens end",
			"it cannot know: the same tokens, which the server refuses; once a client says so, new ones", "", stoodStillTooLong},
	}
}

// world is a guest in which two persons work, one with either keystore.
type world struct {
	*guest.Guest
	iam      *iamtest.Server
	machines []*machine.Machine
	// stood is how long it has stood still.
	stood time.Duration
	// What was seen: the answers, and the most calls of the API between two changes.
	answers []machine.Answer
	most    int
}

// emulator has the one place there is for a guest that is at work: a program that starts
// in a second on an emulated processor does so on one that has a real one to itself.
var emulator = make(chan struct{}, 1)

// newWorld boots the guest. The stand-in runs outside: its clock is the right one.
func newWorld(t *testing.T) *world {
	t.Helper()
	const name = "iam.example.com"
	w := &world{iam: envtest.Google(t, iamtest.Options{TLS: true, Hosts: []string{name}}, testenv.Deployer)}
	at, err := url.Parse(w.iam.URL)
	envtest.Check(t, err)
	ca, err := os.ReadFile(envtest.CA(t, w.iam))
	envtest.Check(t, err)
	var trees []string
	setUp := "echo " + guest.Host + " " + name + " >/etc/hosts\n"
	for _, keystore := range []string{"kernel", "tmpfs"} {
		m := newMachine(t, machine.Options{Keystore: keystore, IAM: w.iam, Endpoint: "https://" + name + ":" + at.Port()})
		m.Env["SSL_CERT_FILE"] = filepath.Join(m.Root, "ca.pem")
		envtest.Check(t, os.WriteFile(m.Env["SSL_CERT_FILE"], ca, 0o644))
		setUp += fmt.Sprintf("echo u%[1]d:x:%[1]d:%[1]d::/:/bin/sh >>/etc/passwd; mkdir -p %[2]s; chmod 700 %[2]s; chown %[1]d:%[1]d %[2]s\n", m.UID, m.Run)
		w.machines, trees = append(w.machines, m), append(trees, m.Root)
	}
	waits(t)
	emulator <- struct{}{}
	t.Cleanup(func() { <-emulator })
	w.Guest, err = guest.Start(guests, trees...)
	envtest.Check(t, err)
	t.Cleanup(w.Close)
	r, err := w.Run(t.Context(), setUp+"uname -rm; cat /proc/key-users")
	envtest.Check(t, err)
	t.Logf("%s%s", r.Stdout, r.Stderr)
	return w
}

// pass waits for minutes, in which other guests may be at work.
func (w *world) pass() {
	since := time.Now()
	<-emulator
	pass()
	emulator <- struct{}{}
	w.stood += time.Since(since)
}

// ask runs a client in the guest.
func (w *world) ask(t *testing.T, m *machine.Machine, c machine.Client, verb string) machine.Answer {
	t.Helper()
	host := machine.DockerHost
	if c == machine.Git {
		host = machine.GitHost
	}
	cmd := m.Command(t.Context(), c, verb, host)
	stdin, err := io.ReadAll(cmd.Stdin)
	envtest.Check(t, err)
	script := "cd " + cmd.Dir + " && printf %s " + quoted(string(stdin)) + " | env -i"
	for _, v := range cmd.Env {
		script += " " + quoted(v)
	}
	script += fmt.Sprintf(" su -p -s /bin/sh u%d -c %s", m.UID, quoted("exec "+strings.Join(cmd.Args, " ")))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	a := machine.Answer{Client: c, At: time.Now()}
	r, err := w.Run(ctx, script)
	if err != nil {
		r = guest.Reply{Stderr: err.Error(), Code: -1}
	}
	a.Stdout, a.Stderr, a.Code, a.Took = r.Stdout, r.Stderr, r.Code, time.Since(a.At)
	return a
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
