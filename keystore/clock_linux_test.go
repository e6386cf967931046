package keystore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// turned is a clock that the test turns, on a machine that goes on running.
type turned struct{ now, uptime time.Duration }

func (c *turned) options(vars map[string]string) keystore.Options {
	start := time.Now()
	return keystore.Options{
		Getenv: env(vars),
		Now:    func() time.Time { return start.Add(c.now) },
		Uptime: func() time.Duration { return c.uptime },
	}
}

func (c *turned) pass(d time.Duration) { c.now, c.uptime = c.now+d, c.uptime+d }

// A clock that is set back does not make an entry live longer: not where the entry
// then seems to be young, and not where it seems to be of the future.
func TestClockSetBack(t *testing.T) {
	for _, name := range []string{"memory", "kernel", "tmpfs"} {
		t.Run(name, func(t *testing.T) {
			c := &turned{uptime: 24 * time.Hour}
			o := c.options(map[string]string{"XDG_RUNTIME_DIR": shmDir(t)})
			store := func() keystore.Store {
				if name == "memory" {
					m := keystore.NewMemory(o.Now)
					m.Uptime = o.Uptime
					return m
				}
				got, err := keystore.Open(context.Background(), name, o)
				if errors.Is(err, keystore.ErrUnavailable) {
					t.Skip(err)
				}
				must(t, err)
				return got
			}()
			ctx, key := context.Background(), testKey(t)
			defer store.Delete(ctx, key)
			left := func(want time.Duration) {
				t.Helper()
				e, err := store.Get(ctx, key)
				got := e.Expires.Sub(o.Now())
				if want == 0 {
					if !errors.Is(err, keystore.ErrNotFound) {
						t.Errorf("got %v left, %v, want none", got, err)
					}
					return
				}
				if d := (got - want).Abs(); err != nil || d > time.Second || (e.Expires.Sub(e.Issued)-time.Hour).Abs() > time.Second {
					t.Errorf("got %v left of %v, %v, want %v", got, e.Expires.Sub(e.Issued), err, want)
				}
			}
			put := func() {
				t.Helper()
				must(t, store.Put(ctx, key, keystore.Entry{Secret: keystore.NewSecret("s"), Issued: o.Now(), Expires: o.Now().Add(time.Hour)}))
			}
			put()
			c.pass(10 * time.Minute)
			c.now -= 30 * time.Minute // the entry seems to be of the future
			left(50 * time.Minute)
			c.now += 30 * time.Minute
			left(50 * time.Minute)
			c.pass(40 * time.Minute)
			c.now -= 30 * time.Minute // it seems to be twenty minutes old
			left(10 * time.Minute)
			c.pass(11 * time.Minute)
			left(0)
			put()
			c.uptime = 10 * time.Second // started again
			left(time.Hour)
			c.uptime = 0 // nobody knows
			left(time.Hour)
			c.now -= 2 * time.Minute
			left(0)
		})
	}
}
