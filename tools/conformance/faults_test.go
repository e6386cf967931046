package conformance

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/googleapis/gax-go/v2/apierror"

	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// methods are a good call of each method.
func methods() []ask { return []ask{access(), id(), blob(), jwt()} }

// TestRetry has a fault that happens twice, and counts the attempts of both clients:
// Google's repeats UNAVAILABLE and DEADLINE_EXCEEDED. We repeat more: each method can
// be repeated without harm, and a helper has nobody who would run it again.
func TestRetry(t *testing.T) {
	for _, c := range []struct {
		name         string
		fault        iamtest.Fault
		theirs, ours int
	}{
		{"503", iamtest.Fault{Status: 503}, 3, 3},
		{"504", iamtest.Fault{Status: 504}, 3, 3},
		{"429", iamtest.Fault{Status: 429}, 1, 3},
		{"500", iamtest.Fault{Status: 500}, 1, 3},
		{"502 of a front end", iamtest.Fault{Status: 502, HTML: true}, 1, 3},
		{"400", iamtest.Fault{Status: 400}, 1, 1},
		{"403", iamtest.Fault{Status: 403, Reason: "IAM_PERMISSION_DENIED"}, 1, 1},
		{"404", iamtest.Fault{Status: 404}, 1, 1},
		{"501", iamtest.Fault{Status: 501}, 1, 1},
	} {
		for _, a := range methods() {
			t.Run(c.name+"/"+a.method, func(t *testing.T) {
				w := newWorld(t, nil)
				count := func(call func() error) (int, error) {
					w.server.ResetCalls()
					w.server.ClearFaults()
					c.fault.Method, c.fault.Times = a.method, 2
					w.server.Fail(c.fault)
					err := call()
					return w.server.Calls(a.method), err
				}
				theirs, theirErr := count(func() error { _, err := a.reference(t.Context(), w.reference); return err })
				ours, ourErr := count(func() error { _, err := a.ours(t.Context(), w.ours, w.endpoint); return err })
				if theirs != c.theirs || ours != c.ours {
					t.Errorf("attempts %d and ours %d, want %d and %d", theirs, ours, c.theirs, c.ours)
				}
				if (theirErr == nil) != (c.theirs == 3) || (ourErr == nil) != (c.ours == 3) {
					t.Errorf("errors: %v, ours: %v", theirErr, ourErr)
				}
				var api *apierror.APIError
				if theirErr != nil && ourErr != nil {
					if !errors.As(theirErr, &api) {
						t.Fatalf("%v", theirErr)
					}
					sameError(t, api, ourErr)
				}
			})
		}
	}
}

// TestRetryOff has both clients without a retry, and ours with Google's.
func TestRetryOff(t *testing.T) {
	w := newWorld(t, nil)
	for _, a := range methods() {
		a.once = true
		w.server.Fail(iamtest.Fault{Method: a.method, Status: 503, Times: iamtest.Always})
		w.server.ResetCalls()
		_, err := a.reference(t.Context(), w.reference)
		if n := w.server.Calls(a.method); n != 1 || err == nil {
			t.Errorf("%s: Google's client: %d attempts: %v", a.method, n, err)
		}
		w.server.ResetCalls()
		_, err = a.ours(t.Context(), w.ours, w.endpoint)
		var spent *iam.RetryError
		if n := w.server.Calls(a.method); n != 1 || err == nil || errors.As(err, &spent) {
			t.Errorf("%s: %d attempts: %v", a.method, n, err)
		}
		w.server.ClearFaults()
	}
	google := w.ours.With(iam.Call{Retry: &iam.Retry{Statuses: []int{503, 504}}})
	w.server.Fail(iamtest.Fault{Method: "signBlob", Status: 429, Times: iamtest.Always})
	w.server.ResetCalls()
	if _, err := blob().ours(t.Context(), google, w.endpoint); w.server.Calls("signBlob") != 1 || err == nil {
		t.Errorf("%d attempts as Google's client: %v", w.server.Calls("signBlob"), err)
	}
}

// TestTimeout has a server that does not answer: both clients end with the timeout of
// the call, and with the deadline of the context. (Where there is a deadline Google's
// client forgets the timeout, and we take the earlier one.)
func TestTimeout(t *testing.T) {
	w := newWorld(t, nil)
	w.server.Fail(iamtest.Fault{Method: "signJwt", Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if _, err := jwt(func(a *ask) { a.timeout = 200 * time.Millisecond }).ours(ctx, w.ours, w.endpoint); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the timeout of the call is not counted beside a deadline: %v", err)
	}
	for _, a := range methods() {
		w.server.Fail(iamtest.Fault{Method: a.method, Hang: true, Times: iamtest.Always})
		for _, byContext := range []bool{false, true} {
			one := a
			if !byContext {
				one.timeout = 200 * time.Millisecond
			}
			for name, call := range map[string]func(ctx context.Context) error{
				"Google's": func(ctx context.Context) error { _, err := one.reference(ctx, w.reference); return err },
				"ours":     func(ctx context.Context) error { _, err := one.ours(ctx, w.ours, w.endpoint); return err },
			} {
				ctx, cancel := context.WithCancel(t.Context())
				if byContext {
					ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
				}
				start := time.Now()
				err := call(ctx)
				cancel()
				if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
					t.Errorf("%s, %s, by the context %t: after %s: %v", a.method, name, byContext, took, err)
				}
			}
		}
	}
}

// TestCancel has the caller end the call.
func TestCancel(t *testing.T) {
	w := newWorld(t, nil)
	w.server.Fail(iamtest.Fault{Method: "signBlob", Hang: true, Times: iamtest.Always})
	for name, call := range map[string]func(ctx context.Context) error{
		"Google's": func(ctx context.Context) error { _, err := blob().reference(ctx, w.reference); return err },
		"ours":     func(ctx context.Context) error { _, err := blob().ours(ctx, w.ours, w.endpoint); return err },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}

// TestRedirect has a server that sends the call elsewhere. Google's client goes there,
// with the body; we refuse: what is signed or minted is for one host alone.
func TestRedirect(t *testing.T) {
	w := newWorld(t, nil)
	to := w.server.Endpoint() + "v1/" + prefix + deployer + ":signBlob"
	fault := iamtest.Fault{Method: "signBlob", Redirect: to}
	w.server.Fail(fault)
	if _, err := blob().reference(t.Context(), w.reference); err != nil {
		t.Errorf("Google's client: %v", err)
	}
	w.server.Fail(fault)
	if _, err := blob().ours(t.Context(), w.ours, w.endpoint); err == nil {
		t.Error("a redirect is followed")
	}
}

// TestEndpoint has base URLs that we refuse, since the source's token goes there;
// Google's client takes any.
func TestEndpoint(t *testing.T) {
	w := newWorld(t, nil)
	for _, endpoint := range []string{"http://iam.example.com/", "ftp://127.0.0.1/", "https://me:word@iam.example.com/", "iam.example.com"} {
		_, err := blob().ours(t.Context(), w.ours, endpoint)
		var bad *iam.ParameterError
		if !errors.As(err, &bad) || bad.Parameter != "endpoint" {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
	w.server.ResetCalls()
}
