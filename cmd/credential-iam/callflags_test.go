package main

import (
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
)

// commands are those that call the API, by what they read.
var callers = map[string][]string{
	"":                  {"token"},
	" ":                 {"id-token", "--audience", "https://a.example"},
	"bytes":             {"sign-blob"},
	`{"aud":"b","x":1}`: {"sign-jwt"},
}

// TestCallFlags has the flags on every command that calls the API, and what of them is
// on the wire.
func TestCallFlags(t *testing.T) {
	for stdin, args := range callers {
		w := newWorld(t)
		w.configure(map[string]section{"iam": {"serviceAccount": deployer, "endpoint": "https://configured.invalid/"}})
		w.must(stdin, append(args, "--endpoint", w.server.Endpoint(), "--quota-project", "example.com:bill-me", "--request-reason", "ticket 7", "--timeout", "1m")...)
		log := w.server.Log("generateAccessToken", "generateIdToken", "signBlob", "signJwt")
		if len(log) != 1 || log[0].Header("X-Goog-User-Project") != "example.com:bill-me" || log[0].Header("X-Goog-Request-Reason") != "ticket 7" {
			t.Errorf("%s: %+v", args[0], log)
		}
	}
}

// A mistake in them ends with 2 before any call; an endpoint is refused by the rule of
// the configuration's key.
func TestCallFlagMistakes(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}, "iam@gcr.io": {"serviceAccount": pusher}})
	for stdin, args := range callers {
		for _, bad := range [][]string{
			{"--endpoint", "http://iam.example.com/"}, {"--endpoint", "ftp://127.0.0.1/"}, {"--endpoint", "iam.example.com"},
			{"--endpoint", "https://me:hunter2@iam.example.com/"}, {"--endpoint", ""}, {"--host", "https://me:hunter2@h/../x y"}, {"--endpoint", "http://127.0.0.1.example.com/"},
			{"--quota-project", ""}, {"--quota-project", "a b"}, {"--quota-project", "a\r\nX: y"}, {"--quota-project", "ä"},
			{"--request-reason", ""}, {"--request-reason", "a\nb"}, {"--request-reason", "für"},
			{"--timeout", "0"}, {"--timeout", "-1s"}, {"--timeout", "20"}, {"--timeout", "soon"}, {"--timeout", ""},
			{"--host", "gcr.io", "--endpoint", "https://iam.example.com/"}, {"--host", "gcr.io", "--quota-project", "x"},
		} {
			line := w.fail(exitUsage, stdin, append(args, bad...)...)
			if strings.Contains(line, "hunter2") || !strings.Contains(line, bad[len(bad)-2]) {
				t.Errorf("%q: %q", bad, line)
			}
		}
	}
	for flag, value := range map[string]string{"--request-reason": "a\r\nX: b", "--quota-project": "-----BEGIN PRIVATE KEY-----\nhunter2\n"} {
		if line := w.fail(exitUsage, "", "token", flag, value); !strings.Contains(line, helper.ErrLineBreak.Error()) || strings.Contains(line, helper.NotShown) || strings.Contains(line, "hunter2") {
			t.Errorf("%s: %q", flag, line)
		}
	}
	w.calls(0)
}

// A token from the keystore was made without the reason, so one is made again; without
// a reason the next one is from the keystore again.
func TestRequestReasonIsSent(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer, "requestReason": "configured"}, "iam@gcr.io": {}})
	w.must("", "token")
	w.must("", "token", "--request-reason", "ticket 7")
	w.must("", "token", "--host", "gcr.io", "--request-reason", "ticket 8")
	w.must("", "token")
	var got []string
	for _, call := range w.server.Log("generateAccessToken") {
		got = append(got, call.Header("X-Goog-Request-Reason"))
	}
	if strings.Join(got, ",") != "configured,ticket 7,ticket 8" {
		t.Errorf("reasons %q", got)
	}
}

// TestTimeoutFlag has a server that does not answer, for less than the 20 seconds that
// the programs have, and one whose wait is longer than these.
func TestTimeoutFlag(t *testing.T) {
	for stdin, args := range callers {
		w := newWorld(t)
		w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
		w.server.Fail(iamtest.Fault{Method: "token", Hang: true, Times: iamtest.Always})
		start := time.Now()
		line := w.fail(exitFailed, stdin, append(args, "--timeout", "300ms")...)
		if took := time.Since(start); took > 15*time.Second || !strings.Contains(line, "no answer in time") {
			t.Errorf("%s: after %s: %q", args[0], took, line)
		}
	}
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	// Another process mints the same and does not end.
	w.Keystore(t, "tmpfs")
	target, err := config.Load(w.Helper()).Command(t.Context(), nil, w.ids)
	if err != nil {
		t.Fatal(err)
	}
	locks, err := keystore.OpenLocks(w.Helper().Getenv)
	if err != nil {
		t.Fatal(err)
	}
	release, err := locks.Lock(t.Context(), target.Key())
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	w.fail(exitFailed, "", "token", "--timeout", "300ms")
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("waited %s for another process", took)
	}
	release()
	w.server.ResetCalls()
	w.server.Fail(iamtest.Fault{Method: "signBlob", Status: 503, RetryAfter: "25"})
	w.fail(exitFailed, "x", "sign-blob")
	w.calls(1, "signBlob")
	// What fails is tried until then.
	w.server.Fail(iamtest.Fault{Method: "signBlob", Status: 503, Times: 7})
	w.must("x", "sign-blob", "--timeout", "1m")
	w.calls(8, "signBlob")
	if w.server.PendingFaults() != 0 {
		t.Error("the fault did not happen")
	}
}

// TestOrganizationNumberFlag has the claim in the token.
func TestOrganizationNumberFlag(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	for _, asked := range []bool{false, true} {
		args := []string{"id-token", "--audience", "https://a.example"}
		if asked {
			args = append(args, "--organization-number")
		}
		claims, err := w.server.VerifyIDToken(w.must("", args...), "https://a.example")
		if err != nil || (claims["google"] != nil) != asked {
			t.Errorf("asked %t: %v, %v", asked, claims, err)
		}
	}
}
