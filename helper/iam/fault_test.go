package iam

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestRetries has faults that pass, and counts the attempts.
func TestRetries(t *testing.T) {
	const api = "generateAccessToken"
	cases := []struct {
		name  string
		fault iamtest.Fault
		calls int // of the API, the good one included; 0 means an error
	}{
		{"reset", iamtest.Fault{Reset: true}, 2},
		{"reset thrice", iamtest.Fault{Reset: true, Times: 3}, 4},
		{"truncated", iamtest.Fault{Truncate: true}, 2},
		{"500", iamtest.Fault{Status: 500}, 2},
		{"502 HTML", iamtest.Fault{Status: 502, HTML: true}, 2},
		{"503 four times", iamtest.Fault{Status: 503, Times: 4}, 5},
		{"503 five times", iamtest.Fault{Status: 503, Times: 5}, 0},
		{"504", iamtest.Fault{Status: 504}, 2},
		{"429", iamtest.Fault{Status: 429}, 2},
		{"hang", iamtest.Fault{Hang: true}, 2},
		{"400 is final", iamtest.Fault{Status: 400}, 0},
		{"501 is final", iamtest.Fault{Status: 501}, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.c.limits.attempt = 200 * time.Millisecond
			w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
			c.fault.Method = api
			w.s.Fail(c.fault)
			_, err := w.c.Mint(t.Context(), w.target(w.s.UserADC(alice), deployer))
			if (err == nil) != (c.calls > 0) {
				t.Fatalf("Mint: %v", err)
			}
			if got := w.s.Calls(api); c.calls > 0 && got != c.calls {
				t.Errorf("%d attempts, want %d", got, c.calls)
			}
			if strings.HasSuffix(c.name, "final") && w.s.Calls(api) != 1 {
				t.Errorf("%d attempts at what is final", w.s.Calls(api))
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.UserADC(alice), deployer)
	w.s.Fail(iamtest.Fault{Method: "generateAccessToken", Status: 429, RetryAfter: "1"})
	start := time.Now()
	w.mint(target)
	if took := time.Since(start); took < time.Second {
		t.Errorf("waited %s, asked for 1s", took)
	}
	// What is beyond the budget is not waited for.
	w.s.Fail(iamtest.Fault{Method: "generateAccessToken", Status: 429, RetryAfter: "60"})
	start = time.Now()
	e := w.wantError(target, "rate-limited")
	if took := time.Since(start); took > 30*time.Second || !e.Unreachable {
		t.Errorf("gave up after %s: %v", took, e)
	}
	date := time.Now().UTC()
	if got := retryAfter(date.Add(7*time.Second).Format(time.RFC1123), date); got < 6*time.Second || got > 7*time.Second {
		t.Errorf("Retry-After as a date is %s, want 7s", got)
	}
}

// TestHangs has everything that can hang do so, and wants the end within the
// budget, with an error that says unreachable.
func TestHangs(t *testing.T) {
	const budget = 400 * time.Millisecond
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	cases := []struct {
		name  string
		setup func(w *world) helper.Target
	}{
		{"API", func(w *world) helper.Target {
			w.s.Fail(iamtest.Fault{Method: "generateAccessToken", Hang: true, Times: iamtest.Always})
			return w.target(w.s.KeyADC(builder), deployer)
		}},
		{"token endpoint", func(w *world) helper.Target {
			w.s.Fail(iamtest.Fault{Method: "token", Hang: true, Times: iamtest.Always})
			return w.target(w.s.UserADC(alice), deployer)
		}},
		{"token endpoint of a key", func(w *world) helper.Target {
			w.s.Fail(iamtest.Fault{Method: "token", Hang: true, Times: iamtest.Always})
			return w.target(w.s.KeyADC(builder), "")
		}},
		{"STS", func(w *world) helper.Target {
			w.s.Fail(iamtest.Fault{Method: "sts", Hang: true, Times: iamtest.Always})
			return w.target(w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job"}), deployer)
		}},
		{"subject URL", func(w *world) helper.Target {
			w.s.Fail(iamtest.Fault{Method: "subject", Hang: true, Times: iamtest.Always})
			return w.target(w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job"}), deployer)
		}},
		{"metadata server", func(w *world) helper.Target {
			w.env["GCE_METADATA_HOST"] = silent.Addr().String()
			return w.sourceTarget(helper.Source{Kind: "metadata"}, deployer)
		}},
		{"TLS", func(w *world) helper.Target {
			target := w.target(w.s.KeyADC(builder), deployer)
			target.Endpoint = "https://" + silent.Addr().String() + "/"
			return target
		}},
		{"gcloud", func(w *world) helper.Target {
			w.script("gcloud", "sleep 300\n")
			w.Setenv("PATH", w.dir+":/usr/bin:/bin")
			return w.sourceTarget(helper.Source{Kind: "gcloud", Name: alice}, deployer)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.c.limits.total, w.c.limits.attempt = budget, 150*time.Millisecond
			target := c.setup(w)
			start := time.Now()
			e := w.wantError(target, "unreachable", "in time")
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %s, the budget is %s", took, budget)
			}
			if !e.Unreachable {
				t.Errorf("not unreachable: %v", e)
			}
		})
	}
}

func TestContext(t *testing.T) {
	w := newWorld(t)
	w.s.Fail(iamtest.Fault{Method: "token", Hang: true, Times: iamtest.Always})
	target := w.target(w.s.UserADC(alice), deployer)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := w.c.Mint(ctx, target)
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %s after the context's end", took)
	}
	w.checkError(err, "unreachable")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is not DeadlineExceeded", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err = w.c.Mint(ctx, target)
	w.checkError(err, "cancelled")
}

func TestUnreachable(t *testing.T) {
	w := newWorld(t)
	target := w.target(w.s.KeyADC(builder), deployer)
	target.Endpoint = "http://127.0.0.1:1/"
	e := w.wantError(target, "unreachable", "127.0.0.1:1", "connection refused")
	if !e.Unreachable {
		t.Error("not unreachable")
	}
	target.Endpoint = "https://nowhere.invalid/"
	if e := w.wantError(target, "unreachable", "nowhere.invalid"); !e.Unreachable {
		t.Error("not unreachable")
	}
}

// TestReplies has replies of success that must not be believed.
func TestReplies(t *testing.T) {
	id := func(t *helper.Target) { t.Token, t.Audience, t.IncludeEmail = helper.ID, audienceA, true }
	jwt := func(t *helper.Target) { t.Token, t.Audience = helper.JWT, audienceA }
	edit := func(name string, v any) iamtest.Fault {
		return iamtest.Fault{Edit: func(m map[string]any) { m[name] = v }}
	}
	cases := []struct {
		name   string
		method string
		change func(*helper.Target)
		fault  iamtest.Fault
	}{
		{"no expiry", "generateAccessToken", nil, iamtest.Fault{Wrong: iamtest.NoExpiry}},
		{"past expiry", "generateAccessToken", nil, iamtest.Fault{Wrong: iamtest.PastExpiry}},
		{"far expiry", "generateAccessToken", nil, iamtest.Fault{Wrong: iamtest.FarExpiry}},
		{"garbage expiry", "generateAccessToken", nil, iamtest.Fault{Wrong: iamtest.GarbageExpiry}},
		{"longer than asked", "generateAccessToken", nil, edit("expireTime", time.Now().Add(70*time.Minute).UTC().Format(time.RFC3339))},
		{"empty token", "generateAccessToken", nil, iamtest.Fault{Wrong: iamtest.EmptyToken}},
		{"no token", "generateAccessToken", nil, iamtest.Fault{Wrong: iamtest.NoToken}},
		{"newline", "generateAccessToken", nil, iamtest.Fault{Wrong: iamtest.NewlineToken}},
		{"space", "generateAccessToken", nil, edit("accessToken", "a b")},
		{"not ASCII", "generateAccessToken", nil, edit("accessToken", "töken")},
		{"17 KiB", "generateAccessToken", nil, edit("accessToken", strings.Repeat("x", 17<<10))},
		{"wrong type", "generateAccessToken", nil, edit("accessToken", []any{1})},
		{"huge", "generateAccessToken", nil, iamtest.Fault{Huge: 1 << 20}},
		{"HTML", "generateAccessToken", nil, iamtest.Fault{HTML: true}},
		{"empty body", "generateAccessToken", nil, iamtest.Fault{Empty: true}},
		{"redirect", "generateAccessToken", nil, iamtest.Fault{Redirect: "https://evil.example.com/"}},
		{"other audience", "generateIdToken", id, iamtest.Fault{Wrong: iamtest.OtherAudience}},
		{"other account", "generateIdToken", id, iamtest.Fault{Wrong: iamtest.OtherAccount}},
		{"ID without end", "generateIdToken", id, iamtest.Fault{Wrong: iamtest.NoExpiry}},
		{"ID in the past", "generateIdToken", id, iamtest.Fault{Wrong: iamtest.PastExpiry}},
		{"ID of ever", "generateIdToken", id, iamtest.Fault{Wrong: iamtest.FarExpiry}},
		{"ID no JWT", "generateIdToken", id, iamtest.Fault{Wrong: iamtest.UnparsedString}},
		{"ID newline", "generateIdToken", id, iamtest.Fault{Wrong: iamtest.NewlineToken}},
		{"ID empty", "generateIdToken", id, iamtest.Fault{Wrong: iamtest.EmptyToken}},
		{"JWT empty", "signJwt", jwt, iamtest.Fault{Wrong: iamtest.EmptyToken}},
		{"JWT no JWT", "signJwt", jwt, iamtest.Fault{Wrong: iamtest.UnparsedString}},
		{"JWT newline", "signJwt", jwt, iamtest.Fault{Wrong: iamtest.NewlineToken}},
		{"JWT key id", "signJwt", jwt, edit("keyId", "a\nb")},
		{"JWT of another", "signJwt", jwt, edit("signedJwt", "e30.e30.AAAA")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
			target := w.target(w.s.UserADC(alice), deployer)
			if c.change != nil {
				c.change(&target)
			}
			c.fault.Method = c.method
			w.s.Fail(c.fault)
			w.wantError(target, "bad-reply", hostOf(target.Endpoint))
			if n := w.s.Calls(c.method); n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
			if w.s.PendingFaults() != 0 {
				t.Error("the fault did not happen")
			}
		})
	}
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.UserADC(alice), deployer)
	for _, f := range []iamtest.Fault{edit("signedBlob", "!"), edit("signedBlob", "AAAA"), edit("keyId", ""), {Wrong: iamtest.NoToken}} {
		f.Method = "signBlob"
		w.s.Fail(f)
		_, err := w.c.SignBlob(t.Context(), target, []byte("x"))
		w.checkError(err, "bad-reply")
	}
}

func hostOf(endpoint string) string {
	return strings.TrimSuffix(strings.TrimPrefix(endpoint, "http://"), "/")
}
