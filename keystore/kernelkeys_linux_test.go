package keystore

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestExpiredKeys(t *testing.T) {
	listing := strings.Join([]string{
		"0a1b2c3d I--Q---     1 expd 3f0b0000  1000  1000 user      credential-iam:v1/access/-/0: 120",
		"0a1b2c3e I--Q---     1 3m 3f0b0000  1000  1000 user      credential-iam:v1/access/-/1: 120",
		"0a1b2c3f I--Q---     1 expd 3f0b0000  1000  1000 user      other:x: 120",
		"0a1b2c40 I--Q---     1 expd 3f0b0000  1000  1000 logon     credential-iam:x: 120",
		"0a1b2c41 I--Q---     1 expd 3f0b0000  1000  1000 user      not-credential-iam:x: 1",
		"zz I--Q---     1 expd 3f0b0000  1000  1000 user      credential-iam:x: 1",
		"short expd", "",
	}, "\n")
	if got := expiredKeys(listing); len(got) != 1 || got[0] != 0x0a1b2c3d {
		t.Errorf("got %x", got)
	}
}

// TestFindReplaced has a key replaced under a reader each time the reader has
// found it, as happens to one that loses the processor there.
func TestFindReplaced(t *testing.T) {
	if err := kernelAllowed(); err != nil {
		t.Skip(err)
	}
	ctx := context.Background()
	k := userKernel(Options{Now: time.Now})
	key := NewKey("access", "-", strconv.Itoa(os.Getpid())+"-"+t.Name())
	put := func() {
		if err := k.Put(ctx, key, Entry{Secret: NewSecret("token"), Issued: time.Now(), Expires: time.Now().Add(time.Minute)}); err != nil {
			t.Fatal(err)
		}
	}
	put()
	t.Cleanup(func() { _ = k.Delete(ctx, key) })
	for _, failure := range []error{unix.EACCES, unix.ENOKEY} {
		tries := 0
		_, err := k.find(key, func(int) error {
			if tries++; tries > 100 {
				return nil
			}
			put()
			return failure
		})
		if err != nil || tries != 101 {
			t.Errorf("%v: after %d tries: %v", failure, tries, err)
		}
	}
	tries := 0
	if _, err := k.find(key, func(int) error { tries++; return unix.EACCES }); err == nil || tries != 1 {
		t.Errorf("a key that nobody replaced was tried %d times: %v", tries, err)
	}
}

func TestFullKeys(t *testing.T) {
	const listing = "    0:    20 19/19 12/1000000 300/25000000\n 1000:     5 5/5 4/200 17952/20000\n 1001:     5 5/5 4/200 17953/20000\n" +
		" 1002:   200 200/200 200/200 500/20000\n 1003: x x x x\n"
	for uid, want := range map[int]*Limit{
		0: nil, 1000: nil, 1001: {"kernel.keys.maxbytes", 17953, 20000}, 1002: {"kernel.keys.maxkeys", 200, 200}, 1003: nil, 100: nil,
	} {
		got := fullKeys(listing, uid)
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("user %d: got %v, want %v", uid, got, want)
		}
	}
}
