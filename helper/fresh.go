package helper

import (
	"time"

	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// minLeft is how long a token must still be valid to be answered without a new one.
// BuildKit keeps a helper's answer for up to ten minutes.
const minLeft = 10 * time.Minute

// leastLeft is how long a token must still be valid when it is answered because
// no other was made in time.
const leastLeft = 5 * time.Second

// usable is how long a token must still be valid to be answered at all: programs are
// told whole seconds, and Google's libraries take none for a fault of the server.
const usable = time.Second

// renewEvery is the shortest time between two background renewals of an entry.
const renewEvery = 30 * time.Second

// fresh reports whether a cached token is answered as it is. Git keeps its first
// answer through hooks and uploads to an LFS server: it gets one that has a third of
// its life left.
func (c *Cache) fresh(e keystore.Entry) bool {
	life := e.Expires.Sub(e.Issued)
	least := min(minLeft, life/4)
	if c.Client == host.Git {
		least = life / 3
	}
	return c.left(e) >= least
}

// left is how long a token is still valid. The keystore knows one that was made before
// the clock was set back.
func (c *Cache) left(e keystore.Entry) time.Duration { return e.Expires.Sub(c.Now()) }

// due reports whether it is time to renew a token: in the second half of its life it is.
// One that lives long is renewed sooner, from a point of its own between a quarter and a
// half of its life: machines that have begun together, on the hour say, would otherwise
// come back together (TestFleet). The point is taken from the token, so that all processes
// of a machine agree on it and nothing has to be kept.
func (c *Cache) due(e keystore.Entry) bool {
	life, left := e.Expires.Sub(e.Issued), c.left(e)
	if left < life/2 || life < spreads {
		return left < life/2
	}
	return left < life*3/4-life/4/points*time.Duration(point(e.Secret))
}

// spreads is how long a token lives that is worth an earlier renewal: of a shorter one
// there is little to spread, and it is asked for often as it is.
const spreads = 20 * time.Minute

// points is how many points in time tokens are spread over.
const points = 1 << 10

// point returns one of the points for a token; of two tokens it is hardly ever the same
// (FNV-1a).
func point(s keystore.Secret) uint32 {
	h := uint32(2166136261)
	for _, c := range []byte(s.Reveal()) {
		h = (h ^ uint32(c)) * 16777619
	}
	return (h ^ h>>16) % points
}

// renewSoon starts a renewal of a token that is due, at most one in half a minute, or in
// an eighth of its life where that is shorter.
func (c *Cache) renewSoon(t Target, key keystore.Key, e keystore.Entry) {
	if c.Renew == nil || !c.due(e) {
		return
	}
	l := c.locker()
	if l != nil && l.Claim(key, min(renewEvery, e.Expires.Sub(e.Issued)/8), c.Now()) {
		c.Log.Printf("%s: renew in the background", t.Asked())
		c.Renew(t)
	}
}
