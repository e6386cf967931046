package helper

import (
	"container/heap"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// TestFleet has ten thousand machines start on the hour and ask for a morning, each every
// few minutes or now and then, by the rules of the cache and with a keystore each. All
// have their first token at once; what the API sees in any minute after that is at most
// twice the mean. (Of a whole day the first hour has the peak, and the mean is the same.)
func TestFleet(t *testing.T) {
	if testing.Short() {
		t.Skip("a morning of ten thousand machines takes three seconds")
	}
	t.Parallel()
	const n = 10_000
	minutes := newFleet(n).run(4 * time.Hour)
	first, later := minutes[0], minutes[1:]
	sum := 0
	for _, calls := range later {
		sum += calls
	}
	mean, peak := float64(sum)/float64(len(later)), slices.Max(later)
	t.Logf("%d calls in the first minute, then %.0f in the mean and %d at most", first, mean, peak)
	if first < n || mean < n/60 {
		t.Error("the machines did not begin together and go on")
	}
	if float64(peak) > 2*mean {
		t.Errorf("%d calls in minute %d", peak, 1+slices.Index(later, peak))
	}
}

// TestDue: in its first quarter no token is renewed, in its second half each is, and
// the points between are spread evenly.
func TestDue(t *testing.T) {
	issued := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	const n, life = 4000, time.Hour
	for _, c := range []struct {
		age         time.Duration
		least, most int
	}{
		{0, 0, 0}, {life / 4, 0, 0}, {life * 5 / 16, n / 5, n * 3 / 10}, {life * 3 / 8, n * 9 / 20, n * 11 / 20},
		{life * 7 / 16, n * 7 / 10, n * 4 / 5}, {life/2 + 1, n, n}, {2 * life, n, n},
	} {
		cache, due := Cache{Now: func() time.Time { return issued.Add(c.age) }}, 0
		for i := range n {
			if cache.due(keystore.Entry{Secret: keystore.NewSecret("ya29.c." + strconv.Itoa(i)), Issued: issued, Expires: issued.Add(life)}) {
				due++
			}
		}
		if due < c.least || due > c.most {
			t.Errorf("at %s %d of %d are due, want %d to %d", c.age, due, n, c.least, c.most)
		}
	}
}

// fleet are machines in the order of their next request.
type fleet struct {
	machines []*fleetMachine
	now      time.Time
	start    time.Time
	dice     *rand.Rand
	minutes  []int
}

// fleetMachine is a user on a machine.
type fleetMachine struct {
	cache *Cache
	next  time.Time
	every time.Duration // in the mean
}

func newFleet(n int) *fleet {
	f := &fleet{start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), dice: rand.New(rand.NewPCG(1, 2))}
	f.now = f.start
	now := func() time.Time { return f.now }
	target := fleetTarget()
	for range n {
		c := &Cache{Store: keystore.NewMemory(now), Minter: f, Client: host.Docker, Now: now}
		l := &locks{}
		c.Locks = func() (Locker, error) { return l, nil }
		c.Renew = func(Target) { _ = c.Refresh(context.Background(), target) }
		// From every five minutes, a build server, to once an hour, a person.
		every := time.Duration(5 * float64(time.Minute) * math.Pow(12, f.dice.Float64()))
		f.machines = append(f.machines, &fleetMachine{cache: c, next: f.start, every: every})
	}
	return f
}

func fleetTarget() Target {
	return Target{Protocol: "https", Host: "gcr.io", ServiceAccount: "a@p.iam.gserviceaccount.com", Token: Access, Issuer: Google, Source: Source{Fingerprint: "f"}}
}

// run has the machines ask for some time, and returns the calls in each minute.
func (f *fleet) run(long time.Duration) []int {
	f.minutes = make([]int, int(long/time.Minute))
	target := fleetTarget()
	for end := f.start.Add(long); f.machines[0].next.Before(end); heap.Fix(f, 0) {
		m := f.machines[0]
		f.now = m.next
		if _, err := m.cache.Get(context.Background(), target); err != nil {
			panic(fmt.Sprint("no token: ", err))
		}
		m.next = f.now.Add(time.Duration(f.dice.ExpFloat64() * float64(m.every)))
	}
	return f.minutes
}

// Mint implements Minter. Google's tokens live for an hour to the second.
func (f *fleet) Mint(context.Context, Target) (Token, error) {
	f.minutes[int(f.now.Sub(f.start)/time.Minute)]++
	issued := f.now.Truncate(time.Second)
	return Token{Secret: keystore.NewSecret("ya29." + strconv.FormatUint(f.dice.Uint64(), 36)), Issued: issued, Expires: issued.Add(time.Hour), Fingerprint: "f"}, nil
}

// Len implements heap.Interface, as the others do.
func (f *fleet) Len() int           { return len(f.machines) }
func (f *fleet) Less(i, j int) bool { return f.machines[i].next.Before(f.machines[j].next) }
func (f *fleet) Swap(i, j int)      { f.machines[i], f.machines[j] = f.machines[j], f.machines[i] }
func (f *fleet) Push(any)           {}
func (f *fleet) Pop() any           { return nil }
