//go:build linux

package faults

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// troubles are the rows of docs/reliability.md but for those of byHand.
func troubles() []trouble {
	return concat(ofProcesses(), ofClocks(), ofPlaces(), ofNetworks())
}

// byHand are the rows that take minutes, or a machine of their own: they are tried where
// the page is written.
func byHand() []trouble { return concat(ofMinutes(), ofGuests()) }

func concat(lists ...[]trouble) []trouble {
	var all []trouble
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// ofProcesses are a process that is killed, or stopped.
func ofProcesses() []trouble {
	return []trouble{
		{"the core is killed while it mints, and eight others wait for its token", "another mint begins at once; all are answered, with one token",
			", `TestKilledLeader`, `TestKilledCores`, `TestKilledAtAnyTime`; cmd/internal/e2e/soak `TestSoak`",
			func(t *testing.T) string { return killed(t, false) }},
		{"the client that mints is killed, and eight others wait for its token", "one of the others takes over at once; all others are answered, with one token",
			", `TestKilledLeader`, `TestKilledAtAnyTime`", func(t *testing.T) string { return killed(t, true) }},
		{"the client that mints, and its core, are stopped for ever", "the others wait as long as a mint may take (20 s), and are answered", ", `TestStoppedLeader`", stopped},
		{"a client and its core are suspended while they mint, and go on when the token that was on its way has expired",
			"the expired token is not answered: a new one is, or a failure", "; helper/iam `TestAsleep`", suspended},
	}
}

// killed kills one of the two processes that all others wait for.
func killed(t *testing.T, client bool) string {
	m := newMachine(t, machine.Options{})
	l := startLeader(t, m, api)
	answers := make(chan []machine.Answer)
	go func() { answers <- askAll(m, 8) }()
	envtest.Await(t, "the others to wait", func() bool { return len(m.Processes()) == 10 })
	theirs, lost := cores(m), m.IAM.Calls(api)
	m.IAM.ClearFaults()
	start := time.Now()
	if client {
		_ = l.cmd.Process.Kill()
	} else {
		signalAll(theirs, syscall.SIGKILL)
	}
	got := <-answers
	if !client {
		<-l.done
		got = append(got, machine.Answer{Client: machine.Docker, Stdout: l.out.String(), Code: l.cmd.ProcessState.ExitCode()})
	}
	for i := range got {
		got[i].Took = time.Since(start)
	}
	if client {
		endAll(t, m, theirs) // the orphan
	}
	wantOneToken(t, m, got)
	if calls := m.IAM.Calls(api); calls > lost+1 {
		t.Errorf("%d calls, want %d lost ones and another", calls, lost)
	}
	return account(m, got...) + " after it"
}

// stopped stops the two processes that all others wait for.
func stopped(t *testing.T) string {
	m := newMachine(t, machine.Options{})
	l := startLeader(t, m, api)
	_ = l.cmd.Process.Signal(syscall.SIGSTOP)
	signalAll(cores(m), syscall.SIGSTOP)
	m.IAM.ClearFaults()
	m.IAM.ResetCalls()
	waits(t)
	answers := askAll(m, 6)
	for _, a := range answers {
		wantToken(t, m, a)
		wantInTime(t, a, 0, budget+prompt)
	}
	endAll(t, m, cores(m))
	return account(m, answers...)
}

// suspended stops the only two processes until the token that the API answers with
// meanwhile has expired, and lets them go on.
func suspended(t *testing.T) string {
	m := newMachine(t, machine.Options{})
	const life = 5 * time.Second // less than an attempt's time, which would end the call by itself
	m.IAM.SetAccessTokenLifetime(life)
	m.IAM.Fail(iamtest.Fault{Method: api, Delay: 2 * time.Second})
	answer := make(chan machine.Answer)
	go func() { answer <- m.Ask(machine.Docker, "get") }()
	envtest.Await(t, "the call", func() bool { return m.IAM.Calls(api) == 1 })
	pids := cores(m)
	for _, p := range m.Processes() {
		if p.Is(string(machine.Docker), "") {
			pids = append(pids, p.PID)
		}
	}
	signalAll(pids, syscall.SIGSTOP)
	waits(t)
	var ended time.Time
	envtest.Await(t, "the reply", func() bool { ended = m.IAM.Log(api)[0].Ended; return !ended.IsZero() })
	envtest.Await(t, "the end of the token", func() bool { return time.Since(ended) > life+time.Second })
	resumed := time.Now()
	signalAll(pids, syscall.SIGCONT)
	a := <-answer
	a.Took = time.Since(resumed)
	if a.Code == 0 {
		wantToken(t, m, a) // which is good now
	} else {
		wantFailure(t, a)
	}
	wantInTime(t, a, 0, budget+prompt)
	return account(m, a) + " after it went on"
}

// ofClocks are clocks that jump: that of a machine that was asleep, too.
func ofClocks() []trouble {
	step := func(d time.Duration, calls int) func(t *testing.T) string {
		return func(t *testing.T) string {
			m := newMachine(t, machine.Options{})
			wantToken(t, m, m.Ask(machine.Docker, "get"))
			old := m.Cached()
			m.Age(d)
			m.IAM.ResetCalls()
			a := m.Ask(machine.Docker, "get")
			wantToken(t, m, a)
			if a.Token() == old || m.IAM.Calls(api) != calls {
				t.Errorf("the old token: %v, %d calls", a.Token() == old, m.IAM.Calls(api))
			}
			return account(m, a)
		}
	}
	skew := func(d time.Duration) func(t *testing.T) string {
		return func(t *testing.T) string {
			m := newMachine(t, machine.Options{})
			m.IAM.SetSkew(d)
			answers := []machine.Answer{m.Ask(machine.Docker, "get"), m.Ask(machine.Git, "get")}
			wantOneToken(t, m, answers)
			if calls := m.IAM.Calls(api); calls != 1 {
				t.Errorf("%d calls, want one: what was minted is cached", calls)
			}
			return account(m, answers...)
		}
	}
	return []trouble{
		{"the clock jumps ahead by an hour, as after sleep, past the end of the token at hand", "a new token",
			"; helper `TestModel`", step(59*time.Minute+50*time.Second, 1)},
		{"the clock is set back by half an hour, so that the token at hand seems to be of the future", "such a token counts as stale, not as fresh: a new one",
			"; helper `TestModel`; keystore `TestClockSetBack`", step(-30*time.Minute, 1)},
		{"the clock is three hours behind Google's", "expiry is kept by the server's clock: answered and cached as ever", ", `TestMatrix` (clock ahead); helper/iam `TestClock`", skew(3 * time.Hour)},
		{"the clock is three hours ahead of Google's", "the same", ", `TestMatrix` (clock behind); helper/iam `TestClock`", skew(-3 * time.Hour)},
	}
}

// ofPlaces are disks and keystores that do not keep anything.
func ofPlaces() []trouble {
	in := func(keystore string, prepare func(t *testing.T, m *machine.Machine), n, calls int) func(t *testing.T) string {
		return func(t *testing.T) string {
			m := newMachine(t, machine.Options{Keystore: keystore})
			prepare(t, m)
			m.IAM.Fail(iamtest.Fault{Method: api, Delay: time.Second, Times: iamtest.Always})
			answers := askAll(m, n)
			for _, a := range answers {
				wantToken(t, m, a)
				wantInTime(t, a, 0, prompt)
			}
			if got := m.IAM.Calls(api); got > calls {
				t.Errorf("%d calls, want at most %d", got, calls)
			}
			return account(m, answers...)
		}
	}
	locked := func(t *testing.T, m *machine.Machine) {
		name, value, _ := strings.Cut(lockedKeyring(t)[0], "=")
		m.Env[name] = value
	}
	return []trouble{
		{"the disk is full: no byte and no name fits into the temporary and the runtime folder", "answered, and cached in the kernel's keyring", ", `TestMatrix` (disk full)",
			func(t *testing.T) string {
				m := newMachine(t, machine.Options{})
				fullDisk(t, m)
				answers := []machine.Answer{m.Ask(machine.Docker, "get"), m.Ask(machine.Git, "get")}
				wantOneToken(t, m, answers)
				if calls := m.IAM.Calls(api); calls != 1 {
					t.Errorf("%d calls, want one", calls)
				}
				return account(m, answers...)
			}},
		{"the kernel keyring is full, eight clients at once, and the API takes a second", "nobody waits for what will not be kept: all mint at once",
			", `TestFullKeystoreAllAtOnce`, `TestFullKeystoreIsTold`; keystore `TestAutoSpills`",
			in("kernel", func(_ *testing.T, m *machine.Machine) { m.FillKernelQuota() }, 8, 8)},
		{"the desktop's keyring hangs, and the API takes a second", "given up after 0.3 s, once; answered without it", ", `TestMatrix` (mute bus); keystore `TestSecretServiceTrouble`",
			in("keyring", muteBus, 1, 1)},
		{"the desktop's keyring is locked, and the API takes a second", "no prompt; answered without it", ", `TestMatrix` (locked); keystore `TestSecretServiceTrouble`",
			in("keyring", locked, 1, 1)},
	}
}

// ofNetworks are servers that fail and networks that swallow what is sent.
func ofNetworks() []trouble {
	server := func(f iamtest.Fault, calls int) func(t *testing.T) string {
		return func(t *testing.T) string {
			m := newMachine(t, machine.Options{})
			f.Method = api
			m.IAM.Fail(f)
			a := m.Ask(machine.Docker, "get")
			wantToken(t, m, a)
			if got := m.IAM.Calls(api); got != calls {
				t.Errorf("%d calls, want %d", got, calls)
			}
			return account(m, a)
		}
	}
	return []trouble{
		{"the API resets the connection once", "tried again", ", `TestMatrix` (reset once)", server(iamtest.Fault{Reset: true}, 2)},
		{"the API answers 503 three times", "tried again, with growing pauses", ", `TestMatrix` (503 thrice)", server(iamtest.Fault{Status: 503, Times: 3}, 4)},
		{"the API takes the connection and never answers", "a failure within 20 s that says so", ", `TestMatrix` (hanging), `TestHangingRenewal`; helper/iam `TestHangs`",
			func(t *testing.T) string {
				m := newMachine(t, machine.Options{})
				m.IAM.Fail(iamtest.Fault{Method: api, Hang: true, Times: iamtest.Always})
				waits(t)
				return gaveUp(t, m, "no answer in time")
			}},
		{"the network swallows all packets", "a failure within 20 s that says so", "", func(t *testing.T) string {
			m := newMachine(t, machine.Options{})
			swallow(t, m, "")
			waits(t)
			return gaveUp(t, m, "no answer in time")
		}},
		{"the network swallows all packets, and a token with 50 minutes left is at hand", "that token, at once", "",
			func(t *testing.T) string { return atHand(t, 10*time.Minute, prompt) }},
		{"the network swallows all packets, and a token with 8 minutes left is at hand", "that token, once a new one was tried for", ", `TestStale`",
			func(t *testing.T) string { return atHand(t, 52*time.Minute, budget+prompt) }},
		{"the name server does not answer", "a failure within 20 s that says so, and for which name", "; helper/iam `TestStepsNetwork`", func(t *testing.T) string {
			m := newMachine(t, machine.Options{Endpoint: "https://iam.example.com"})
			swallow(t, m, "nameserver 192.0.2.1\n")
			waits(t)
			return gaveUp(t, m, "no name server answers for iam.example.com")
		}},
	}
}

// gaveUp asks for a token that cannot be had; the reason has the word.
func gaveUp(t *testing.T, m *machine.Machine, word string) string {
	a := m.Ask(machine.Docker, "get")
	wantFailure(t, a)
	wantInTime(t, a, 0, budget+prompt)
	if !strings.Contains(a.Stdout, word) {
		t.Errorf("no %q in %s", word, a.Stdout)
	}
	return account(m, a)
}

// atHand asks where the network swallows everything, and a token is so old.
func atHand(t *testing.T, old, atMost time.Duration) string {
	m := newMachine(t, machine.Options{})
	wantToken(t, m, m.Ask(machine.Docker, "get"))
	m.Age(old)
	m.IAM.ResetCalls()
	swallow(t, m, "")
	waits(t)
	want := m.Cached()
	a := m.Ask(machine.Docker, "get")
	wantToken(t, m, a)
	wantInTime(t, a, 0, atMost)
	if a.Token() != want {
		t.Error("it is not the token at hand")
	}
	return account(m, a)
}

// swallow has the machine's programs run in a network of their own, in which every
// packet is lost: what is sent to a loopback address, or to 192.0.2.1 (an address for
// documentation), leaves by an interface that delivers it to nobody. resolv, where it is
// not empty, is the file of name servers.
func swallow(t *testing.T, m *machine.Machine, resolv string) {
	t.Helper()
	for _, program := range []string{"unshare", "ip", "setpriv", "mount"} {
		parts.Program(t, program)
	}
	file := filepath.Join(m.Root, "resolv.conf")
	envtest.Check(t, os.WriteFile(file, []byte(resolv), 0o644))
	const script = `
		ip link set lo up || exit 125
		ip route del local 127.0.0.0/8 dev lo table local || exit 125
		ip route del local 127.0.0.1 dev lo table local || exit 125
		ip route add 127.0.0.0/8 dev lo || exit 125
		if [ -s "$1" ]; then
			ip link add out type veth peer name nowhere || exit 125
			ip address add 192.0.2.2/24 dev out || exit 125
			ip link set out up && ip link set nowhere up || exit 125
			ip neighbour add 192.0.2.1 lladdr 02:00:00:00:00:01 dev out || exit 125
			mount --bind "$1" /etc/resolv.conf || exit 125
		fi
		id=$2
		shift 2
		exec setpriv --reuid="$id" --regid="$id" --clear-groups -- "$@"`
	m.Wrap = func(args []string) []string {
		return append([]string{"unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", script, "sh", file, strconv.Itoa(m.UID)}, args...)
	}
	probe := m.Wrap([]string{"true"})
	if out, err := exec.Command(probe[0], probe[1:]...).CombinedOutput(); err != nil {
		parts.Missing(t, "no such network can be made here: %v %s", err, out)
	}
}
