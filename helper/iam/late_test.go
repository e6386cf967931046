package iam

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestAsleep has the machine sleep for two hours after it asked, and read the reply then:
// its token has ended, and another is asked for.
func TestAsleep(t *testing.T) {
	for _, token := range []helper.Kind{helper.Access, helper.ID} {
		w := newWorld(t)
		method := "generateAccessToken"
		target := w.target(w.s.UserADC(alice), deployer)
		if target.Token = token; token == helper.ID {
			method, target.Audience = "generateIdToken", audienceA
		}
		w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
		now := func() time.Time {
			if w.s.Calls(method) > 0 {
				return time.Now().Add(2 * time.Hour)
			}
			return time.Now()
		}
		w.c.env.Now = now
		tok := w.mint(target)
		if n, left := w.s.Calls(method), tok.Expires.Sub(now()); n != 2 || (left-time.Hour).Abs() > time.Minute {
			t.Errorf("%s: %d calls, %s left, want a second call's token", token, n, left)
		}
	}
}

// TestWall: what the clock says is compared as it is on the wall, since Go's other clock
// sleeps too.
func TestWall(t *testing.T) {
	w := newWorld(t)
	w.c.env.Now = time.Now
	if now := w.c.wall().String(); strings.Contains(now, " m=") {
		t.Errorf("%s has the monotonic clock", now)
	}
}

// TestSourceAsleep has it sleep over the source identity's own token, which is refused
// and not taken for one that has just been made.
func TestSourceAsleep(t *testing.T) {
	for _, method := range []string{"token", "metadata"} {
		w := newWorld(t)
		target := w.target(w.s.UserADC(alice), "")
		if method == "metadata" {
			w.s.SetMetadataAccount(builder)
			w.env["GCE_METADATA_HOST"] = w.s.MetadataHost()
			target = w.sourceTarget(helper.Source{Kind: "metadata", Fingerprint: "f"}, "")
		}
		begun := time.Now()
		w.c.env.Now = func() time.Time {
			if w.s.Calls(method) > 0 {
				return time.Now().Add(2 * time.Hour)
			}
			return time.Now()
		}
		tok, err := w.c.Mint(t.Context(), target)
		if err == nil {
			t.Errorf("%s: expires %s after it was asked for", method, tok.Expires.Sub(begun))
		}
	}
}

// TestAsleepBetween has it sleep after the source identity's token was made and before the
// API reads it, which refuses it then: once, since the next one is new.
func TestAsleepBetween(t *testing.T) {
	for name, adc := range map[string]func(w *world) []byte{
		"a login": func(w *world) []byte { return w.s.UserADC(alice) },
		"a key":   func(w *world) []byte { return w.s.KeyADC(builder) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, member := range []string{alice, builder} {
				w.s.Grant(member, iamtest.RoleTokenCreator, deployer)
			}
			now := func() time.Time {
				w.spy.mu.Lock()
				defer w.spy.mu.Unlock()
				if slices.ContainsFunc(w.spy.paths, func(path string) bool { return strings.HasSuffix(path, ":generateAccessToken") }) {
					return time.Now().Add(2 * time.Hour)
				}
				return time.Now()
			}
			w.c.env.Now = now
			w.s.SetClock(now)
			tok := w.mint(w.target(adc(w), deployer))
			if n, left := w.s.Calls("generateAccessToken"), tok.Expires.Sub(now()); n != 2 || (left-time.Hour).Abs() > time.Minute {
				t.Errorf("%d calls, %s left, want a second call's token", n, left)
			}
			if n := w.s.Calls("token"); name == "a key" && n > 0 {
				t.Errorf("%d tokens of the key's account were asked for: that its own signature counts was forgotten", n)
			}
		})
	}
}

// TestSetBack has the clock be two hours ahead when a token is asked for, and set right
// before the reply is read: the token ends when it does, and was not made in the future.
func TestSetBack(t *testing.T) {
	for _, method := range []string{"generateAccessToken", "generateIdToken", "token", "metadata"} {
		w := newWorld(t)
		target := w.target(w.s.UserADC(alice), deployer)
		switch method {
		case "generateIdToken":
			target.Token, target.Audience = helper.ID, audienceA
		case "token":
			target = w.target(w.s.UserADC(alice), "")
		case "metadata":
			w.s.SetMetadataAccount(builder)
			w.env["GCE_METADATA_HOST"] = w.s.MetadataHost()
			target = w.sourceTarget(helper.Source{Kind: "metadata", Fingerprint: "f"}, "")
		}
		w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
		w.c.env.Now = func() time.Time {
			if w.s.Calls(method) == 0 {
				return time.Now().Add(2 * time.Hour)
			}
			return time.Now()
		}
		tok := w.mint(target)
		if left, age := time.Until(tok.Expires), time.Since(tok.Issued); left > time.Hour+time.Minute || age < 0 {
			t.Errorf("%s: %s left, made %s ago", method, left, age)
		}
	}
}
