//go:build linux

package soak

import (
	"flag"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// long is how long to soak.
var long = flag.Duration("soak", 11*time.Second, "how long to soak")

const (
	// life is how long tokens live; they are answered until a quarter of it is
	// left and renewed once half of it is over.
	life = 6 * time.Second
	// users ask at the same time.
	users = 6
)

// identity is a host and the account that it is configured for.
type identity struct {
	client        machine.Client
	host, account string
}

func identities() []identity {
	account := func(name string) string { return name + "@demo-project.iam.gserviceaccount.com" }
	return []identity{
		{machine.Docker, "gcr.io", account("puller")},
		{machine.Docker, "europe-docker.pkg.dev", account("pusher")},
		{machine.Git, "source.developers.google.com", account("reader")},
		{machine.Git, "chromium.googlesource.com", account("pusher")},
	}
}

// world is the machine, the servers, and what was seen.
type world struct {
	*testing.T
	front *front
	m     *machine.Machine
	end   time.Time
	weather
	// gets are all requests, and owed those that had a right to an answer.
	gets, owed atomic.Int64
}

func TestMain(m *testing.M) { envtest.Main(m) }

// TestSoak is the whole of it.
func TestSoak(t *testing.T) {
	w := newWorld(t)
	secret := w.m.Secrets()
	w.start = time.Now()
	w.end = w.start.Add(*long)
	var all sync.WaitGroup
	for range users {
		all.Go(w.use)
	}
	all.Go(w.fail)
	all.Go(w.kill)
	all.Go(w.restart)
	all.Wait()
	took := time.Since(w.start)

	// Hundreds, unless the machine is busy.
	if got, want := w.owed.Load(), int64(*long/time.Second); got < want {
		t.Errorf("%d gets had a right to an answer, want at least %d", got, want)
	}
	// One mint in each half of a life, two where an answer was lost on its way.
	bound := int(took/(life/2)) + 2*w.count() + 2
	for _, account := range []string{"puller", "pusher", "reader"} {
		n := w.front.mints(account + "@demo-project.iam.gserviceaccount.com")
		if n == 0 || n > bound {
			t.Errorf("%d tokens of %s, want at most %d", n, account, bound)
		}
	}
	envtest.Await(t, "the last processes to end", func() bool { return len(w.m.Processes()) == 0 })
	for _, token := range w.front.all() {
		secret = append(secret, token[len(token)/2:])
	}
	for _, wrong := range w.m.Residue(secret) {
		t.Errorf("left behind: %s", wrong)
	}
	t.Logf("%d gets, %d of them in peace, %d tokens, %d accidents in %s", w.gets.Load(), w.owed.Load(), len(w.front.all()), w.count(), took.Round(time.Second))
}

// newWorld makes a machine for all identities.
func newWorld(t *testing.T) *world {
	t.Helper()
	s := envtest.Google(t, iamtest.Options{})
	plugins := map[string]testenv.Section{}
	for _, id := range identities() {
		testenv.Allow(s, testenv.Person, id.account)
		plugins["iam@"+id.host] = testenv.Section{"serviceAccount": id.account, "token": "access"}
	}
	s.SetAccessTokenLifetime(life)
	w := &world{T: t, front: newFront(t)}
	w.front.handler = s.Handler()
	w.m = machine.New(t, machine.Options{Bin: envtest.Programs(t), IAM: s, Endpoint: w.front.url(), Plugins: plugins})
	return w
}

// until calls f at random times, about every pause, until the end.
func (w *world) until(pause time.Duration, f func()) {
	for {
		d := pause/2 + rand.N(pause)
		if time.Until(w.end) < d {
			return
		}
		time.Sleep(d)
		f()
	}
}

// use is one user.
func (w *world) use() {
	w.until(40*time.Millisecond, func() {
		all := identities()
		id := all[rand.IntN(len(all))]
		a := w.m.AskFor(id.client, "get", id.host)
		w.gets.Add(1)
		w.judge(id, a)
	})
}

// judge holds an answer against what a client may expect.
func (w *world) judge(id identity, a machine.Answer) {
	peaceful := w.peaceful(a.At, a.At.Add(a.Took))
	if peaceful {
		w.owed.Add(1)
	}
	if a.Took > 40*time.Second {
		w.Errorf("%s waited %s", id.host, a.Took)
	}
	switch token := a.Token(); {
	case a.Killed:
	case a.Code == 0:
		g, ok := w.front.look(token)
		if !ok || g.account != id.account {
			w.Errorf("%s got a token of %q (known: %v), want %s", id.host, g.account, ok, id.account)
		}
		// The server rounds a token's end down to the second.
		if late := a.At.Sub(g.expires); late > time.Second {
			w.Errorf("%s got a token that had expired %s before it asked", id.host, late)
		}
		if left := g.expires.Sub(a.At); left < time.Second/4 && peaceful {
			w.Errorf("%s got a token that lived for %s, though the API was there", id.host, left)
		}
		if a.Stderr != "" {
			w.Errorf("%s: a word with a token: %q", id.host, a.Stderr)
		}
	default:
		if peaceful {
			w.Errorf("%s got nothing after %s in peace: %q %q", id.host, a.Took, a.Stdout, a.Stderr)
		}
		text := a.Stdout + a.Stderr
		if strings.Contains(text, "not found in native") || testenv.Leak(text, w.m.Secrets()) != "" {
			w.Errorf("%s: %q", id.host, text)
		}
	}
}

// fail has the servers fail at random, in storms.
func (w *world) fail() {
	w.until(300*time.Millisecond, func() {
		if !w.stormy(time.Now()) {
			w.m.IAM.ClearFaults()
			return
		}
		methods := []string{"generateAccessToken", "token"}
		kinds := []iamtest.Fault{
			{Status: 503}, {Status: 503, Times: 8}, {Status: 429, RetryAfter: "1"}, {Status: 502, HTML: true}, {Reset: true}, {Truncate: true},
			{Delay: time.Second, Times: 2}, {Status: 401, Reason: "ACCESS_TOKEN_EXPIRED"}, {Status: 403}, {Empty: true},
			{Wrong: iamtest.NewlineToken}, {Wrong: iamtest.PastExpiry},
		}
		f := kinds[rand.IntN(len(kinds))]
		f.Method = methods[rand.IntN(len(methods))]
		w.accident()
		w.m.IAM.Fail(f)
	})
}

// kill kills an adapter or a core, in peace too.
func (w *world) kill() {
	w.until(200*time.Millisecond, func() {
		all := w.m.Processes()
		if len(all) == 0 {
			return
		}
		p := all[rand.IntN(len(all))]
		if p.Is(machine.Core, "") {
			w.killedCore()
		}
		_ = syscall.Kill(p.PID, syscall.SIGKILL)
	})
}

// restart takes the servers away and brings them back, in storms.
func (w *world) restart() {
	w.until(time.Second, func() {
		if !w.stormy(time.Now()) || !w.stormy(time.Now().Add(time.Second)) {
			return
		}
		w.accident()
		if err := w.front.restart(time.Second / 2); err != nil {
			w.Error(err)
		}
	})
}
