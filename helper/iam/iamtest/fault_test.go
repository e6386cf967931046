package iamtest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestErrorFaults(t *testing.T) {
	s := newGranted(t)
	bearer := s.AccessToken(alice, time.Hour)
	tests := []struct {
		fault        Fault
		status       int
		contentType  string
		reason, text string
	}{
		{Fault{Status: 503, RetryAfter: "7"}, 503, "application/json", "", "The service is currently unavailable."},
		{Fault{Status: 429}, 429, "application/json", "RATE_LIMIT_EXCEEDED", "Quota exceeded"},
		{Fault{Status: 403}, 403, "application/json", "", "The caller does not have permission"},
		{Fault{Status: 403, Reason: "SECURITY_POLICY_VIOLATED", Message: "no"}, 403, "application/json", "SECURITY_POLICY_VIOLATED", `"no"`},
		{Fault{Status: 502, HTML: true}, 502, "text/html", "", "Error 502"},
		{Fault{Status: 200, Body: `{"accessTok`}, 200, "application/json", "", `{"accessTok`},
		{Fault{Status: 500, Empty: true}, 500, "application/json", "", ""},
		{Fault{Huge: 3 << 20}, 200, "application/json", "", "xxxx"},
		{Fault{Redirect: "https://evil.example.com/"}, 307, "text/html", "", ""},
		{Fault{Redirect: "https://evil.example.com/", Status: 302}, 302, "text/html", "", ""},
	}
	for _, tt := range tests {
		s.Fail(tt.fault)
		a := call(t, s, bearer, target, "generateAccessToken", oneScope)
		if a.status != tt.status || a.reason() != tt.reason || !strings.Contains(a.body, tt.text) ||
			!strings.HasPrefix(a.header.Get("Content-Type"), tt.contentType) {
			t.Errorf("%+v: %d %s %s %.80s", tt.fault, a.status, a.header.Get("Content-Type"), a.reason(), a.body)
		}
		if a.header.Get("Retry-After") != tt.fault.RetryAfter || a.header.Get("Location") != tt.fault.Redirect {
			t.Errorf("%+v: headers %v", tt.fault, a.header)
		}
		if tt.fault.Huge > 0 && len(a.body) < tt.fault.Huge {
			t.Errorf("huge body has %d bytes", len(a.body))
		}
	}
	if a := call(t, s, bearer, target, "generateAccessToken", oneScope); a.status != 200 {
		t.Errorf("after the faults: %d", a.status)
	}
}

func TestOAuthFaults(t *testing.T) {
	s := newServer(t, Options{})
	s.Fail(Fault{Method: "token", Status: 400, Reason: "invalid_grant", Message: "reauth related error (invalid_rapt)", Subtype: "invalid_rapt"})
	a := postForm(t, s, "/token", url.Values{})
	want := map[string]any{
		"error": "invalid_grant", "error_description": "reauth related error (invalid_rapt)",
		"error_subtype": "invalid_rapt", "error_uri": "https://support.google.com/a/answer/9368756",
	}
	if a.status != 400 || mustJSON(a.json) != mustJSON(want) {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.Fail(Fault{Method: "metadata", Status: 403, Message: "Unable to generate access token; IAM returned 403 Forbidden"})
	if a := get(t, s, s.URL+"/"); a.status != 403 || !strings.HasPrefix(a.body, "Unable to generate") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestQueue(t *testing.T) {
	s := newGranted(t)
	bearer := s.AccessToken(alice, time.Hour)
	s.ServiceAccount(second)
	s.Grant(alice, RoleTokenCreator, second)
	s.Fail(
		Fault{Method: "sts", Status: 500},
		Fault{Method: "generateAccessToken", Target: s.ServiceAccount(second).UniqueID, Status: 404},
		Fault{Method: "generateAccessToken", Skip: 1, Times: 2, Status: 503},
		Fault{Method: "*", Times: Always, Status: 500},
	)
	var got []int
	for range 4 {
		got = append(got, call(t, s, bearer, target, "generateAccessToken", oneScope).status)
	}
	got = append(got, call(t, s, bearer, second, "generateAccessToken", oneScope).status)
	if want := "[500,503,503,500,404]"; mustJSON(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if n := s.PendingFaults(); n != 1 {
		t.Errorf("%d pending, want the one for sts", n)
	}
	s.ClearFaults()
	if a := call(t, s, bearer, target, "generateAccessToken", oneScope); a.status != 200 {
		t.Errorf("cleared: %d", a.status)
	}
}

func TestBrokenConnections(t *testing.T) {
	for _, useTLS := range []bool{false, true} {
		s := newServer(t, Options{TLS: useTLS})
		s.Fail(Fault{Reset: true})
		_, err := s.Client().Get(s.URL + "/")
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("TLS %v: reset: %v", useTLS, err)
		}
		s.Fail(Fault{Method: "metadata", Truncate: true})
		res, err := s.Client().Get(s.URL + "/")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err == nil || len(body) == 0 || res.StatusCode != 200 {
			t.Errorf("TLS %v: truncated: %q, %v", useTLS, body, err)
		}
		s.Fail(Fault{Hang: true})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		r := methodRequest(t, s, "", target, "signBlob", "{}").WithContext(ctx)
		if _, err := s.Client().Do(r); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("TLS %v: hang: %v", useTLS, err)
		}
		cancel()
		s.Fail(Fault{Delay: 40 * time.Millisecond})
		start := time.Now()
		if a := get(t, s, s.URL+"/"); a.status != 200 || time.Since(start) < 40*time.Millisecond {
			t.Errorf("TLS %v: delay: %d after %s", useTLS, a.status, time.Since(start))
		}
	}
}

func TestWrongAccessTokens(t *testing.T) {
	s := newGranted(t)
	bearer := s.AccessToken(alice, time.Hour)
	reply := func(w Wrong) (token, expire string) {
		s.Fail(Fault{Method: "generateAccessToken", Wrong: w})
		a := call(t, s, bearer, target, "generateAccessToken", oneScope)
		token, _ = a.json["accessToken"].(string)
		expire, _ = a.json["expireTime"].(string)
		return token, expire
	}
	if _, e := reply(NoExpiry); e != "" {
		t.Errorf("no-expiry: %s", e)
	}
	if _, e := reply(GarbageExpiry); e != "soon" {
		t.Errorf("garbage-expiry: %s", e)
	}
	if _, e := reply(PastExpiry); e >= wholeSeconds(s.Now()) {
		t.Errorf("past-expiry: %s", e)
	}
	if _, e := reply(FarExpiry); e < wholeSeconds(s.Now().AddDate(50, 0, 0)) {
		t.Errorf("far-expiry: %s", e)
	}
	if tok, _ := reply(NewlineToken); !strings.Contains(tok, "\nhost=") {
		t.Errorf("newline-token: %.40q", tok)
	}
	if tok, e := reply(EmptyToken); tok != "" || e == "" {
		t.Errorf("empty-token: %.40q", tok)
	}
	if tok, _ := reply(NoToken); tok != "" {
		t.Errorf("no-token: %.40q", tok)
	}
	s.Fail(Fault{Edit: func(m map[string]any) { m["accessToken"] = 7 }})
	if a := call(t, s, bearer, target, "generateAccessToken", oneScope); a.json["accessToken"] != 7.0 {
		t.Errorf("edit: %s", a.body)
	}
}

func TestWrongIDTokens(t *testing.T) {
	s := newGranted(t)
	bearer := s.AccessToken(alice, time.Hour)
	for w, check := range map[Wrong]func(Claims, error) bool{
		"":            func(c Claims, err error) bool { return err == nil && c["email"] == target },
		OtherAudience: func(_ Claims, err error) bool { return err != nil },
		OtherAccount:  func(c Claims, err error) bool { return err == nil && c["email"] != target },
		PastExpiry:    func(_ Claims, err error) bool { return err != nil },
		NoExpiry:      func(_ Claims, err error) bool { return err != nil },
		BadSignature:  func(_ Claims, err error) bool { return err != nil },
	} {
		s.Fail(Fault{Wrong: w})
		a := call(t, s, bearer, target, "generateIdToken", `{"audience":"https://app","includeEmail":true}`)
		token, _ := a.json["token"].(string)
		if c, err := s.VerifyIDToken(token, "https://app"); !check(c, err) {
			t.Errorf("%q: %v, %v", w, c, err)
		}
	}
}

func TestFaultIsJSON(t *testing.T) {
	var f Fault
	if err := json.Unmarshal([]byte(`{"method":"sts","status":503,"times":-1,"retryAfter":"1","wrong":"no-expiry"}`), &f); err != nil {
		t.Fatal(err)
	}
	if f.Times != Always || f.Wrong != NoExpiry || f.RetryAfter != "1" || f.Status != 503 {
		t.Errorf("%+v", f)
	}
}
