package iam

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestTimeout has who bounds an operation: the call, else the context, else a minute.
func TestTimeout(t *testing.T) {
	w := newWorld(t)
	short, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	long, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	id := &identity{about: about{takes: 7 * time.Second}}
	plain := &identity{}
	const wait = 25 * time.Second // as a server's Retry-After asks for
	for _, c := range []struct {
		name string
		call Call
		ctx  context.Context
		id   *identity
		end  time.Duration
	}{
		{"nobody", Call{}, t.Context(), plain, time.Minute},
		{"nobody, an executable source", Call{}, t.Context(), id, 67 * time.Second},
		{"the context, less", Call{}, short, plain, 5 * time.Second},
		{"the context, more", Call{}, long, plain, time.Hour},
		{"the programs", Call{Timeout: 20 * time.Second}, t.Context(), plain, 20 * time.Second},
		{"the programs, an executable source", Call{Timeout: 20 * time.Second}, t.Context(), id, 27 * time.Second},
		{"the call, less than the context", Call{Timeout: time.Second}, short, plain, time.Second},
		{"the context, less than the call", Call{Timeout: time.Minute}, short, plain, 5 * time.Second},
		{"the call, more than a minute", Call{Timeout: 5 * time.Minute}, t.Context(), plain, 5 * time.Minute},
	} {
		ctx, cancel := w.c.With(c.call).within(c.ctx, c.id)
		end, ok := ctx.Deadline()
		if got := time.Until(end); !ok || got > c.end || got < c.end-4*time.Second {
			t.Errorf("%s: %s, want %s", c.name, got, c.end)
		}
		attempt := max(c.call.Timeout/2, 10*time.Second)
		if c.call.Timeout == 0 {
			attempt = 30 * time.Second
		}
		if got := w.c.With(c.call).limits.attempt; got != attempt {
			t.Errorf("%s: an attempt has %s, want %s", c.name, got, attempt)
		}
		if got, want := hasTime(ctx, wait), c.end > wait; got != want {
			t.Errorf("%s: waits %s: %t", c.name, wait, got)
		}
		cancel()
	}
}

// TestAttemptEnds: one attempt has its own time, and no more.
func TestAttemptEnds(t *testing.T) {
	const limit = 3 * time.Second
	var end time.Time
	before := time.Now()
	fail := newWorld(t).c.attempt(t.Context(), limit, func(ctx context.Context) error {
		end, _ = ctx.Deadline()
		return nil
	})
	if fail != nil || end.Before(before.Add(limit)) || end.After(time.Now().Add(limit)) {
		t.Errorf("%v; it ends at %v, want %s from %v", fail, end, limit, before)
	}
}

// A server that asks for a wait gets it where there is time.
func TestRetryAfterWithTime(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.UserADC(alice), deployer)
	w.s.Fail(iamtest.Fault{Method: "generateAccessToken", Status: 503, RetryAfter: "60"})
	if _, err := w.c.With(Call{Timeout: 30 * time.Second}).Mint(t.Context(), target); family(err) != "retry 1, api 503 UNAVAILABLE" {
		t.Errorf("%v", err)
	}
	w.s.Fail(iamtest.Fault{Method: "generateAccessToken", Status: 503, RetryAfter: "1"})
	start := time.Now()
	if _, err := w.c.With(Call{Timeout: time.Minute}).Mint(t.Context(), target); err != nil || time.Since(start) < time.Second {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}

// TestRetryPolicy counts the attempts of calls that say how many they want.
func TestRetryPolicy(t *testing.T) {
	reference := &Retry{Pause: time.Millisecond, Statuses: []int{503, 504}}
	for _, c := range []struct {
		name     string
		retry    *Retry
		fault    iamtest.Fault
		attempts int
	}{
		{"none", &Retry{Attempts: 1}, iamtest.Fault{Status: 503}, 1},
		{"seven", &Retry{Attempts: 7, Pause: time.Millisecond}, iamtest.Fault{Status: 503}, 7},
		{"default", &Retry{Pause: time.Millisecond}, iamtest.Fault{Status: 503}, 5},
		{"as Google's client, 504", reference, iamtest.Fault{Status: 504}, 5},
		{"as Google's client, 429", reference, iamtest.Fault{Status: 429}, 1},
		{"as Google's client, 500", reference, iamtest.Fault{Status: 500}, 1},
		{"other statuses, a cut connection", &Retry{Pause: time.Millisecond, Statuses: []int{}}, iamtest.Fault{Reset: true}, 5},
		{"no statuses", &Retry{Pause: time.Millisecond, Statuses: []int{}}, iamtest.Fault{Status: 503}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.fault.Method, c.fault.Times = "generateAccessToken", iamtest.Always
			w.s.Fail(c.fault)
			_, err := w.c.With(Call{Retry: c.retry}).Mint(t.Context(), w.target(w.s.UserADC(alice), deployer))
			if got := w.s.Calls("generateAccessToken"); got != c.attempts || err == nil {
				t.Errorf("%d attempts, want %d: %v", got, c.attempts, err)
			}
			if one := c.attempts == 1; strings.Contains(family(err), "retry") == one {
				t.Errorf("%q after %d attempts", family(err), c.attempts)
			}
		})
	}
	// Pauses grow up to the largest.
	w := newWorld(t)
	w.s.Fail(iamtest.Fault{Method: "generateAccessToken", Status: 503, Times: iamtest.Always})
	start := time.Now()
	_, _ = w.c.With(Call{Retry: &Retry{Attempts: 5, Pause: 40 * time.Millisecond, MaxPause: 50 * time.Millisecond, Factor: 100}}).
		Mint(t.Context(), w.target(w.s.UserADC(alice), deployer))
	if took := time.Since(start); took < 80*time.Millisecond || took > 30*time.Second {
		t.Errorf("four pauses took %s", took)
	}
}

// TestCallHeader has headers of the caller's own: on calls of the API alone, and
// never in the place of one that says who calls.
func TestCallHeader(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.UserADC(alice), deployer)
	with := w.c.With(Call{Header: http.Header{"x-goog-fieldmask": {"accessToken,expireTime"}, "X-Trace": {"a", "b"}}})
	if _, err := with.Mint(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	if h := w.spy.lastHeader; h.Get("X-Goog-Fieldmask") == "" || len(h.Values("X-Trace")) != 2 || !strings.HasPrefix(h.Get("Authorization"), "Bearer ") {
		t.Errorf("headers %v", h)
	}
	_ = with.With(Call{Header: http.Header{"X-Other": {"c"}}})
	if _, err := with.Mint(t.Context(), target); err != nil || w.spy.lastHeader.Get("X-Other") != "" {
		t.Errorf("a header of one client is on the calls of another: %v", err)
	}
	w.mint(target)
	if h := w.spy.lastHeader; h.Get("X-Trace") != "" {
		t.Error("a header of one call is on another")
	}
	// The caller's project goes before that of the credential file.
	billed := w.target(w.edit(w.s.UserADC(alice), map[string]any{"quota_project_id": "from-file"}), deployer)
	if _, err := w.c.With(Call{Header: http.Header{quotaHeader: {"from-caller"}}}).Mint(t.Context(), billed); err != nil || w.spy.lastHeader.Get(quotaHeader) != "from-caller" {
		t.Errorf("billed to %q: %v", w.spy.lastHeader.Get(quotaHeader), err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer other", "authorization": "x", "x-goog-request-params": "name=other", "Host": "evil.example.com",
		"X-New\r\nAuthorization": "x", "X-Trace": "a\r\nAuthorization: x", "": "x", "Content-Length": "0", "User-Agent": "x", "Accept-Encoding": "br",
	} {
		w.s.ResetCalls()
		_, err := w.c.With(Call{Header: http.Header{name: {value}}}).Mint(t.Context(), target)
		if family(err) != "parameter header" {
			t.Errorf("%q: %v", name, err)
		}
		w.calls(0)
	}
}

// A call that cannot be is an error of its parameter, before any call.
func TestBadCalls(t *testing.T) {
	w := newWorld(t)
	target := w.target(w.s.UserADC(alice), deployer)
	for want, call := range map[string]Call{
		"timeout": {Timeout: -1}, "retry": {Retry: &Retry{Attempts: -1}},
	} {
		_, err := w.c.With(call).SignBlob(t.Context(), target, nil)
		if family(err) != "parameter "+want {
			t.Errorf("%+v: %v", call, err)
		}
		_, err = w.c.With(call).With(Call{}).Identity(t.Context(), target)
		if family(err) != "parameter "+want {
			t.Errorf("%+v: %v", call, err)
		}
	}
	for _, call := range []Call{{Attempt: -1}, {Retry: &Retry{Pause: -1}}, {Retry: &Retry{Factor: 0.5}}, {Retry: &Retry{MaxPause: -1}}} {
		if _, err := w.c.With(call).Mint(t.Context(), target); !strings.HasPrefix(family(err), "parameter ") {
			t.Errorf("%+v: %v", call, err)
		}
	}
	if _, err := New(Options{UserAgent: "a\r\nb"}).Mint(t.Context(), target); family(err) != "parameter userAgent" {
		t.Errorf("%v", err)
	}
	w.calls(0)
}

func TestUserAgent(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	c := New(Options{UserAgent: "deploy/1.4", Version: "1.2.3"})
	if _, err := c.Mint(t.Context(), w.target(w.s.UserADC(alice), deployer)); err != nil {
		t.Fatal(err)
	}
	for _, call := range w.s.Log() {
		if got := call.Header("User-Agent"); !strings.HasSuffix(got, "deploy/1.4 credential-iam/1.2.3") {
			t.Errorf("%s: %q", call.Method, got)
		}
	}
}

// Claims and bytes are signed up to the largest, and a larger one is not sent.
func TestLargePayloads(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.UserADC(alice), deployer)
	claims := func(size int) []byte {
		raw := []byte(`{"iss":"` + deployer + `","x":"","y":"&<>"}`)
		return []byte(strings.Replace(string(raw), `"x":""`, `"x":"`+strings.Repeat("a", size-len(raw))+`"`, 1))
	}
	for _, size := range []int{300 << 10, MaxPayload} {
		signed, err := w.c.SignJWT(t.Context(), target, claims(size))
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if raw, err := payload(signed.JWT.Reveal()); err != nil || len(raw) < size-100 {
			t.Errorf("%d bytes come back as %d: %v", size, len(raw), err)
		}
		blob := []byte(strings.Repeat("b", size))
		sig, err := w.c.SignBlob(t.Context(), target, blob)
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if err := w.s.VerifyBlob(deployer, sig.KeyID, blob, sig.Bytes); err != nil {
			t.Error(err)
		}
	}
	w.s.ResetCalls()
	if _, err := w.c.SignJWT(t.Context(), target, claims(MaxPayload+1)); family(err) != "parameter claims" {
		t.Errorf("%v", err)
	}
	if _, err := w.c.SignBlob(t.Context(), target, make([]byte, MaxPayload+1)); family(err) != "parameter payload" {
		t.Errorf("%v", err)
	}
	w.calls(0)
}

// TestOrganizationNumber has the claim that is there only where it is asked for.
func TestOrganizationNumber(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.UserADC(alice), deployer)
	target.Token, target.Audience = helper.ID, audienceA
	without := target.Key()
	for _, asked := range []bool{false, true} {
		target.OrganizationNumber = asked
		raw, err := payload(w.mint(target).Secret.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		var claims struct {
			Google map[string]any `json:"google"`
		}
		if err := json.Unmarshal(raw, &claims); err != nil || (claims.Google["organization_number"] != nil) != asked {
			t.Errorf("asked %t, got %v: %v", asked, claims.Google, err)
		}
	}
	if target.Key() == without {
		t.Error("both tokens have one place in the cache")
	}
}
