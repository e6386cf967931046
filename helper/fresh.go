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

// secondHalf reports whether it is time to renew a token.
func (c *Cache) secondHalf(e keystore.Entry) bool {
	return c.left(e) < e.Expires.Sub(e.Issued)/2
}

// renewSoon starts a renewal of a token in the second half of its life, at most
// one in half a minute, or in an eighth of its life where that is shorter.
func (c *Cache) renewSoon(t Target, key keystore.Key, e keystore.Entry) {
	if c.Renew == nil || !c.secondHalf(e) {
		return
	}
	l := c.locker()
	if l != nil && l.Claim(key, min(renewEvery, e.Expires.Sub(e.Issued)/8), c.Now()) {
		c.Log.Printf("%s: renew in the background", t.Asked())
		c.Renew(t)
	}
}
