package iam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/api/googleapi"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// family says which of the errors that a program distinguishes are in err.
func family(err error) string {
	var in []string
	if p := (*ParameterError)(nil); errors.As(err, &p) {
		in = append(in, "parameter "+p.Parameter)
	}
	if r := (*RetryError)(nil); errors.As(err, &r) {
		in = append(in, fmt.Sprintf("retry %d", r.Attempts))
	}
	if a := (*APIError)(nil); errors.As(err, &a) {
		text := fmt.Sprintf("api %d %s %s", a.HTTPStatus, a.Status, a.Reason)
		if a.Source {
			text += " source"
		}
		in = append(in, strings.Join(strings.Fields(text), " "))
	}
	return strings.Join(in, ", ")
}

// TestFamilies has the three kinds of error, which are told apart by their types.
func TestFamilies(t *testing.T) {
	cases := []struct {
		name, want string
		method     string
		fault      iamtest.Fault
		change     func(*helper.Target)
	}{
		{"no account", "parameter serviceAccount", "", iamtest.Fault{}, func(t *helper.Target) { t.ServiceAccount = "" }},
		{"no account, ID token", "parameter serviceAccount", "", iamtest.Fault{}, func(t *helper.Target) {
			t.ServiceAccount, t.Token, t.Audience = "", helper.ID, "x"
		}},
		{"blank account", "parameter serviceAccount", "", iamtest.Fault{}, func(t *helper.Target) { t.ServiceAccount = " " }},
		{"bad delegate", "parameter delegates", "", iamtest.Fault{}, func(t *helper.Target) { t.Delegates = []string{""} }},
		{"no scope", "parameter scopes", "", iamtest.Fault{}, func(t *helper.Target) { t.Scopes = nil }},
		{"400", "api 400 INVALID_ARGUMENT", "generateAccessToken", iamtest.Fault{Status: 400}, nil},
		{"401", "api 401 UNAUTHENTICATED", "generateAccessToken", iamtest.Fault{Status: 401, Times: 2}, nil},
		{"403", "api 403 PERMISSION_DENIED IAM_PERMISSION_DENIED", "", iamtest.Fault{}, func(t *helper.Target) { t.ServiceAccount = middle }},
		{"404", "api 404 NOT_FOUND", "", iamtest.Fault{}, func(t *helper.Target) { t.ServiceAccount = "gone@demo-project.iam.gserviceaccount.com" }},
		{"501 without a status", "api 501", "generateAccessToken", iamtest.Fault{Status: 501, HTML: true}, nil},
		{"503", "retry 5, api 503 UNAVAILABLE", "generateAccessToken", iamtest.Fault{Status: 503, Times: iamtest.Always}, nil},
		{"429", "retry 5, api 429 RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED", "generateAccessToken", iamtest.Fault{Status: 429, Times: iamtest.Always}, nil},
		{"502", "retry 5, api 502", "generateAccessToken", iamtest.Fault{Status: 502, HTML: true, Times: iamtest.Always}, nil},
		{"cut", "retry 5", "generateAccessToken", iamtest.Fault{Reset: true, Times: iamtest.Always}, nil},
		{"later than there is time", "retry 1, api 503 UNAVAILABLE", "generateAccessToken", iamtest.Fault{Status: 503, RetryAfter: "600"}, nil},
		{"sign-in", "api 400 invalid_grant source", "token", iamtest.Fault{Status: 400, Reason: "invalid_grant", Times: iamtest.Always}, nil},
		{"sign-in is down", "retry 5, api 503 internal_failure source", "token", iamtest.Fault{Status: 503, Times: iamtest.Always}, nil},
		{"reply", "", "generateAccessToken", iamtest.Fault{Wrong: iamtest.NoExpiry}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
			target := w.target(w.s.UserADC(alice), deployer)
			if c.change != nil {
				c.change(&target)
			}
			if c.method != "" {
				c.fault.Method = c.method
				w.s.Fail(c.fault)
			}
			_, err := w.c.Mint(t.Context(), target)
			if got := family(err); got != c.want || err == nil {
				t.Errorf("%q, want %q: %v", got, c.want, err)
			}
			if strings.HasPrefix(c.want, "parameter") {
				w.calls(0)
			}
			w.noSecrets(err.Error())
		})
	}
}

// TestAPIError has all that the API says of its no.
func TestAPIError(t *testing.T) {
	w := newWorld(t)
	target := w.target(w.s.UserADC(alice), deployer)
	_, err := w.c.SignBlob(t.Context(), target, []byte("x"))
	var e *APIError
	if !errors.As(err, &e) {
		t.Fatalf("%v", err)
	}
	if e.Host != hostOf(w.s.Endpoint()) || e.Domain != "iam.googleapis.com" || e.Metadata["permission"] != iamtest.PermSignBlob ||
		!strings.Contains(e.Message, "denied on resource") || len(e.Details) != 1 || !json.Valid(e.Details[0]) {
		t.Errorf("%+v", e)
	}
	var below *googleapi.Error
	if !errors.As(err, &below) || below.Code != 403 {
		t.Errorf("no *googleapi.Error of 403 below: %v", below)
	}
	w.s.Fail(iamtest.Fault{Method: "signBlob", Status: 429, RetryAfter: "600"})
	_, err = w.c.SignBlob(t.Context(), target, []byte("x"))
	if !errors.As(err, &e) || e.RetryAfter != 10*time.Minute {
		t.Errorf("asked to wait %s: %v", e.RetryAfter, err)
	}
}

// A server that repeats the token of the source identity has it in no part of the
// error.
func TestAPIErrorHoldsNoSecret(t *testing.T) {
	w := newWorld(t)
	target := w.target(w.s.UserADC(alice), deployer)
	if _, err := w.c.SignBlob(t.Context(), target, []byte("x")); err == nil {
		t.Fatal("no error")
	}
	var token string
	for _, s := range w.spy.known() {
		if who, ok := w.s.Principal(s); ok && who == alice {
			token = s
		}
	}
	if token == "" {
		t.Fatal("no token of the source is known")
	}
	echo := func(at string) string {
		return `{"error":{"code":403,"status":"PERMISSION_DENIED","message":"no","details":[
			{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"X","domain":"d","metadata":{"who":"` + token + `"}}, {"@type":"x","debug":"` + at + `"}]}}`
	}
	w.s.Fail(iamtest.Fault{Method: "signBlob", Status: 403, Body: echo("Bearer " + token), Times: 2})
	_, err := w.c.SignBlob(t.Context(), target, []byte("x"))
	var e *APIError
	if !errors.As(err, &e) || e.Reason != "X" {
		t.Fatalf("%v", err)
	}
	for at := err; at != nil; {
		if text := fmt.Sprintf("%+v %#v", at, at); strings.Contains(text, token) {
			t.Errorf("%T holds the token", at)
		}
		if joined, ok := at.(interface{ Unwrap() []error }); ok {
			at = joined.Unwrap()[1]
			continue
		}
		at = errors.Unwrap(at)
	}
	if text := fmt.Sprintf("%s %v", e.Details, e.Metadata); strings.Contains(text, token) {
		t.Error("its details hold the token")
	}
}

// What the caller ends is neither the API's no nor a lack of attempts, and what the
// network does can be asked for.
func TestCauses(t *testing.T) {
	w := newWorld(t)
	target := w.target(w.s.UserADC(alice), deployer)
	w.s.Fail(iamtest.Fault{Method: "token", Hang: true, Times: iamtest.Always})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := w.c.Mint(ctx, target)
	if got := family(err); got != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q: %v", got, err)
	}
	target.Source, target.Endpoint = w.target(w.s.KeyADC(builder), "").Source, "http://127.0.0.1:1/"
	_, err = w.c.Mint(t.Context(), target)
	if got := family(err); got != "" || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%q: %v", got, err)
	}
	w.s.ClearFaults()
	w.s.Fail(iamtest.Fault{Method: "generateAccessToken", Hang: true, Times: iamtest.Always})
	target.Endpoint = w.s.Endpoint()
	_, err = w.c.With(Call{Timeout: 100 * time.Millisecond}).Mint(t.Context(), target)
	if got := family(err); got != "retry 1" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q: %v", got, err)
	}
}
