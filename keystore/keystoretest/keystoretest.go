// Package keystoretest checks that a keystore.Store keeps its promises, and
// starts the real services that some of them need.
//
// The package is an API for the tests of other back ends: Run is the suite that
// each passes; Odd adds records that this package would not write. SecretService
// starts a gnome-keyring of its own on a private D-Bus; the user's own keyring is
// never touched by it.
package keystoretest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// workerEnv makes a re-executed test binary one of many writers; its value is the
// number of the worker.
const workerEnv = "KEYSTORETEST_WORKER"

// bound is what a call may take at most on a busy machine: the longest deadline of
// a back end, and slack.
const bound = time.Minute

// Run checks the store that open returns. open is called for each check, and once
// in each of several new processes that run the same test: there it must return a
// store with the same entries, unless it is the memory store. Run leaves no entry
// behind.
func Run(t *testing.T, open func(t *testing.T) keystore.Store) {
	t.Helper()
	if n := os.Getenv(workerEnv); n != "" {
		work(t, open(t), n)
		return
	}
	for _, c := range []struct {
		name string
		f    func(*testing.T, keystore.Store)
	}{
		{"PutGet", putGet}, {"Replace", replace}, {"Expiry", expiry}, {"Delete", remove}, {"List", list},
		{"Values", values}, {"Refused", refused}, {"Context", contexts}, {"Goroutines", goroutines},
	} {
		t.Run(c.name, func(t *testing.T) { c.f(t, open(t)) })
	}
	if s := open(t); s.Name() != "memory" { // which no other process sees
		t.Run("Processes", func(t *testing.T) { processes(t, s) })
	}
}

// Odd checks that records which are not as the package writes them are misses.
// plant puts a record into the back end by other means.
func Odd(t *testing.T, open func(t *testing.T) keystore.Store, plant func(t *testing.T, key keystore.Key, record []byte)) {
	t.Helper()
	now := time.Now()
	issued, expires := now.Add(-time.Minute).UnixMilli(), now.Add(time.Hour).UnixMilli()
	good := func(key keystore.Key) string {
		return fmt.Sprintf("credential-iam/2\n%s\n%d %d - 0\nuser\ntoken", key, issued, expires)
	}
	for _, c := range []struct {
		name  string
		edit  func(key keystore.Key) string
		stays bool
	}{
		{"Garbage", func(keystore.Key) string { return "hello" }, false},
		{"OtherKey", func(keystore.Key) string { return good("v1/access/other/0") }, false},
		{"Newline", func(k keystore.Key) string { return good(k) + "\nquit=1" }, false},
		{"Control", func(k keystore.Key) string { return good(k) + "\r" }, false},
		{"NoSecret", func(k keystore.Key) string { return strings.TrimSuffix(good(k), "token") }, false},
		{"Future", func(k keystore.Key) string {
			return fmt.Sprintf("credential-iam/2\n%s\n%d %d - 0\n\ntoken", k, now.Add(time.Hour).UnixMilli(), now.Add(2*time.Hour).UnixMilli())
		}, false},
		{"Expired", func(k keystore.Key) string {
			return fmt.Sprintf("credential-iam/2\n%s\n%d %d - 0\n\ntoken", k, issued, now.Add(-time.Second).UnixMilli())
		}, false},
		{"Newer", func(k keystore.Key) string { return strings.Replace(good(k), "iam/2", "iam/3", 1) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, key := open(t), newKey(t, "odd")
			plant(t, key, []byte(good(key)))
			if e, err := s.Get(context.Background(), key); err != nil || e.Secret.Reveal() != "token" || e.Username != "user" {
				t.Fatalf("a good planted record: got %v, %v", e, err)
			}
			plant(t, key, []byte(c.edit(key)))
			if e, err := s.Get(context.Background(), key); !errors.Is(err, keystore.ErrNotFound) {
				t.Fatalf("got %v, %v, want a miss", e, err)
			}
			// tmpfs finds a key in the record only, and not in an odd one.
			keys, err := s.List(context.Background())
			if there := slices.Contains(keys, key); err != nil || there != c.stays && s.Name() != "tmpfs" {
				t.Errorf("afterwards the record is there: %v (%v), want %v", there, err, c.stays)
			}
		})
	}
}

// newKey returns a key that no other test has, and deletes it at the end.
func newKey(t *testing.T, kind string) keystore.Key {
	return keystore.NewKey(kind, "test@example.iam.gserviceaccount.com", fmt.Sprintf("%d-%d", os.Getpid(), time.Now().UnixNano()))
}

// entry returns a fresh entry.
func entry(secret string) keystore.Entry {
	now := time.Now()
	return keystore.Entry{Secret: keystore.NewSecret(secret), Issued: now, Expires: now.Add(time.Hour)}
}

// put puts, within bounds, and deletes at the end.
func put(t *testing.T, s keystore.Store, key keystore.Key, e keystore.Entry) {
	t.Helper()
	start := time.Now()
	if err := s.Put(context.Background(), key, e); err != nil {
		t.Fatalf("Put %s: %v", key, err)
	}
	if d := time.Since(start); d > bound {
		t.Errorf("Put took %v", d)
	}
	t.Cleanup(func() { _ = s.Delete(context.Background(), key) })
}

// want gets within bounds and compares; "" wants a miss.
func want(t *testing.T, s keystore.Store, key keystore.Key, secret string) keystore.Entry {
	t.Helper()
	start := time.Now()
	e, err := s.Get(context.Background(), key)
	if d := time.Since(start); d > bound {
		t.Errorf("Get took %v", d)
	}
	switch {
	case secret == "" && !errors.Is(err, keystore.ErrNotFound):
		t.Fatalf("Get %s: %v, want ErrNotFound", key, err)
	case secret != "" && (err != nil || e.Secret.Reveal() != secret):
		t.Fatalf("Get %s: %d bytes, %v, want the %d bytes put", key, len(e.Secret.Reveal()), err, len(secret))
	}
	return e
}

func putGet(t *testing.T, s keystore.Store) {
	key := newKey(t, "access")
	want(t, s, key, "")
	in := entry("ya29.secret")
	in.Username, in.Bearer = "sa@example.com", true
	put(t, s, key, in)
	out := want(t, s, key, "ya29.secret")
	if out.Username != in.Username || !out.Bearer {
		t.Errorf("username %q, bearer %v, want those put", out.Username, out.Bearer)
	}
	if d := out.Issued.Sub(in.Issued).Abs(); d >= time.Second {
		t.Errorf("issued differs by %v", d)
	}
	if d := out.Expires.Sub(in.Expires).Abs(); d >= time.Second {
		t.Errorf("expires differs by %v", d)
	}
	want(t, s, key+"0", "")
	want(t, s, key[:len(key)-1], "")
}

func replace(t *testing.T, s keystore.Store) {
	key := newKey(t, "access")
	for i := range 5 {
		secret := strings.Repeat("x", 200*i+1)
		put(t, s, key, entry(secret))
		want(t, s, key, secret)
	}
	keys, err := s.List(context.Background())
	n := 0
	for _, k := range keys {
		if k == key {
			n++
		}
	}
	if err != nil || n != 1 {
		t.Errorf("List has the key %d times (%v), want once", n, err)
	}
}

func expiry(t *testing.T, s keystore.Store) {
	key := newKey(t, "access")
	e := entry("short-lived")
	e.Expires = e.Issued.Add(2 * time.Second)
	put(t, s, key, e)
	want(t, s, key, "short-lived")
	for time.Now().Before(e.Expires) {
		time.Sleep(20 * time.Millisecond)
	}
	want(t, s, key, "")
	e = entry("dead on arrival")
	e.Issued, e.Expires = e.Issued.Add(-time.Hour), e.Issued.Add(-time.Minute)
	put(t, s, key, entry("alive"))
	put(t, s, key, e)
	want(t, s, key, "")
}

func remove(t *testing.T, s keystore.Store) {
	key := newKey(t, "access")
	if err := s.Delete(context.Background(), key); err != nil {
		t.Errorf("Delete of nothing: %v", err)
	}
	put(t, s, key, entry("secret"))
	if err := s.Delete(context.Background(), key); err != nil {
		t.Errorf("Delete: %v", err)
	}
	want(t, s, key, "")
}

func list(t *testing.T, s keystore.Store) {
	var made []keystore.Key
	for _, kind := range []string{"access", "id", "source"} {
		key := newKey(t, kind)
		put(t, s, key, entry("secret "+kind))
		made = append(made, key)
	}
	keys, err := s.List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range made {
		if !slices.Contains(keys, key) {
			t.Errorf("List lacks %s", key)
		}
	}
	if err := s.Delete(context.Background(), made[0]); err != nil {
		t.Fatal(err)
	}
	if keys, err = s.List(context.Background()); err != nil || slices.Contains(keys, made[0]) {
		t.Errorf("List has a deleted key (%v)", err)
	}
}

func values(t *testing.T, s keystore.Store) {
	for _, secret := range []string{"x", " ", " lead and trail ", "ünïcödé ✓", `"quotes" 'and' \back $(slash) %s %n`,
		"go-keyring-base64:eA==", strings.Repeat("k", 2048)} {
		key := newKey(t, "access")
		put(t, s, key, entry(secret))
		want(t, s, key, secret)
	}
}

func refused(t *testing.T, s keystore.Store) {
	ctx := context.Background()
	key := newKey(t, "access")
	put(t, s, key, entry("before"))
	bad := map[string]keystore.Entry{"zero": {}}
	for _, secret := range []string{"", "a\nquit=1", "a\x00", "a\r", "a\x7f", strings.Repeat("x", 17<<10)} {
		bad[fmt.Sprintf("%.10q", secret)] = entry(secret)
	}
	e := entry("x")
	e.Username = "a\nb"
	bad["username"] = e
	e = entry("x")
	e.Expires = e.Issued
	bad["times"] = e
	for name, e := range bad {
		err := s.Put(ctx, key, e)
		if err == nil {
			t.Errorf("Put of a bad entry (%s) succeeded", name)
		} else if text := e.Secret.Reveal(); len(text) > 4 && strings.Contains(err.Error(), text) {
			t.Errorf("the error tells the secret")
		}
	}
	want(t, s, key, "before")
	for _, key := range []keystore.Key{"", "a\nb", "a\x00b", "\xff", keystore.Key(strings.Repeat("k", 5000))} {
		if err := s.Put(ctx, key, entry("x")); err == nil {
			t.Errorf("Put under the key %.10q succeeded", string(key))
		}
		if _, err := s.Get(ctx, key); err == nil {
			t.Errorf("Get of the key %.10q succeeded", string(key))
		}
	}
}

func contexts(t *testing.T, s keystore.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	key := newKey(t, "access")
	put(t, s, key, entry("secret"))
	cancel()
	start := time.Now()
	if _, err := s.Get(ctx, key); !errors.Is(err, context.Canceled) {
		t.Errorf("Get under an ended ctx: %v", err)
	}
	if err := s.Put(ctx, key, entry("other")); !errors.Is(err, context.Canceled) {
		t.Errorf("Put under an ended ctx: %v", err)
	}
	if d := time.Since(start); d > bound {
		t.Errorf("ended calls took %v", d)
	}
	want(t, s, key, "secret")
	if keystore.TimedOut(s) {
		t.Error("a caller's ctx made the store time out")
	}
}

// goroutines has many write and read one key: every read is one of the writes.
func goroutines(t *testing.T, s keystore.Store) {
	key := newKey(t, "access")
	put(t, s, key, entry(value("w", 0)))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 10 {
				if err := s.Put(context.Background(), key, entry(value(fmt.Sprint(w), i))); err != nil {
					t.Errorf("Put: %v", err)
				}
			}
		})
		wg.Go(func() {
			for range 25 {
				if e, err := s.Get(context.Background(), key); err != nil || !whole(e.Secret.Reveal()) {
					t.Errorf("Get under writers: %d bytes, %v", len(e.Secret.Reveal()), err)
				}
			}
		})
	}
	wg.Wait()
}

// value is a secret that shows whether it is whole.
func value(who string, i int) string {
	unit := fmt.Sprintf("<%s.%d>", who, i)
	return strings.Repeat(unit, 10+i*7%5) // small: an ordinary user's kernel quota is 20,000 bytes
}

func whole(s string) bool {
	unit, _, ok := strings.Cut(s, ">")
	return ok && strings.ReplaceAll(s, unit+">", "") == ""
}

// processes has several processes write and read one key.
func processes(t *testing.T, s keystore.Store) {
	key := newKey(t, "access")
	put(t, s, key, entry(value("parent", 0)))
	name, _, _ := strings.Cut(t.Name(), "/Processes")
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		parts = append(parts, "^"+regexp.QuoteMeta(part)+"$")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, exe, "-test.run="+strings.Join(parts, "/"), "-test.count=1", "-test.v")
			cmd.Env = append(os.Environ(), workerEnv+"="+fmt.Sprint(i)+" "+string(key))
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: "+name) {
				t.Errorf("worker %d: %v\n%s", i, err, out)
			}
		})
	}
	wg.Wait()
	if e := want1(t, s, key); !whole(e.Secret.Reveal()) || strings.HasPrefix(e.Secret.Reveal(), "<parent") {
		t.Errorf("no worker's entry is there: %.20s", e.Secret.Reveal())
	}
}

func want1(t *testing.T, s keystore.Store, key keystore.Key) keystore.Entry {
	t.Helper()
	e, err := s.Get(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// work is one worker of processes.
func work(t *testing.T, s keystore.Store, job string) {
	who, key, _ := strings.Cut(job, " ")
	for i := range 10 {
		if err := s.Put(context.Background(), keystore.Key(key), entry(value(who, i))); err != nil {
			t.Errorf("Put: %v", err)
		}
		if e, err := s.Get(context.Background(), keystore.Key(key)); err != nil || !whole(e.Secret.Reveal()) {
			t.Errorf("Get under writers: %d bytes, %v", len(e.Secret.Reveal()), err)
		}
	}
}
