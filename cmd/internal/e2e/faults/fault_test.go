//go:build linux

package faults

import (
	"slices"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const (
	api   = "generateAccessToken"
	apiID = "generateIdToken"
	// tokenEndpoint is where the source identity gets its own token.
	tokenEndpoint = "token"
)

// fault is a way to fail and what the programs make of it.
type fault struct {
	name string
	// how are the faults of the stand-in; none is a healthy server.
	how []iamtest.Fault
	// id asks for an ID token rather than an access token; skew is how far the
	// server's clock is ahead.
	id   bool
	skew time.Duration
	// answered says that the client gets a token all the same.
	answered bool
	// atLeast and atMost bound the time; atMost is prompt if it is zero.
	atLeast, atMost time.Duration
	// wide tries the fault in every state, not only in the first ones.
	wide bool
	// trap adds a redirect to a server that must never be asked.
	trap bool
}

// faults are all ways to fail: of either endpoint, and of the API alone.
func faults() []fault {
	all := []fault{
		{name: "no fault", answered: true, wide: true},
		{name: "no fault, ID token", answered: true, id: true, wide: true},
		{name: "clock ahead", skew: 3 * time.Hour, answered: true},
		{name: "clock behind", skew: -3 * time.Hour, answered: true},
		{name: "clock ahead, ID token", skew: 3 * time.Hour, answered: true, id: true},
	}
	for _, method := range []string{tokenEndpoint, api} {
		all = append(all, ofEither(method)...)
	}
	return append(append(all, ofAPI()...), ofIDTokens()...)
}

// once, always and thrice are how often a fault happens.
func once(f iamtest.Fault) []iamtest.Fault { return []iamtest.Fault{f} }

func always(f iamtest.Fault) []iamtest.Fault {
	f.Times = iamtest.Always
	return []iamtest.Fault{f}
}

func thrice(f iamtest.Fault) []iamtest.Fault {
	f.Times = 3
	return []iamtest.Fault{f}
}

// ofEither are the faults that the token endpoint and the API have in common.
func ofEither(method string) []fault {
	f := func(f iamtest.Fault) iamtest.Fault { f.Method = method; return f }
	list := []fault{
		{name: "slow", how: always(f(iamtest.Fault{Delay: 400 * time.Millisecond})), answered: true, atLeast: 400 * time.Millisecond},
		{name: "hanging", how: always(f(iamtest.Fault{Hang: true})), atLeast: 15 * time.Second, atMost: budget},
		{name: "reset once", how: once(f(iamtest.Fault{Reset: true})), answered: true},
		{name: "reset always", how: always(f(iamtest.Fault{Reset: true}))},
		{name: "cut once", how: once(f(iamtest.Fault{Truncate: true})), answered: true},
		{name: "cut always", how: always(f(iamtest.Fault{Truncate: true}))},
		{name: "HTML 200", how: always(f(iamtest.Fault{HTML: true}))},
		{name: "HTML 502", how: always(f(iamtest.Fault{Status: 502, HTML: true}))},
		{name: "empty", how: always(f(iamtest.Fault{Empty: true}))},
		{name: "huge", how: always(f(iamtest.Fault{Huge: 8 << 20}))},
		{name: "not JSON", how: always(f(iamtest.Fault{Body: "{\"accessToken\": ya29"}))},
		{name: "429, wait a second", how: once(f(iamtest.Fault{Status: 429, RetryAfter: "1"})), answered: true, atLeast: time.Second},
		{name: "429, wait an hour", how: always(f(iamtest.Fault{Status: 429, RetryAfter: "3600"}))},
		{name: "429 always", how: always(f(iamtest.Fault{Status: 429}))},
		{name: "500 once", how: once(f(iamtest.Fault{Status: 500})), answered: true},
		{name: "502 once", how: once(f(iamtest.Fault{Status: 502})), answered: true},
		{name: "503 thrice", how: thrice(f(iamtest.Fault{Status: 503})), answered: true},
		{name: "503 always", how: always(f(iamtest.Fault{Status: 503}))},
		{name: "504 always", how: always(f(iamtest.Fault{Status: 504}))},
		{name: "400", how: always(f(iamtest.Fault{Status: 400}))},
		{name: "401", how: always(f(iamtest.Fault{Status: 401}))},
		{name: "403", how: always(f(iamtest.Fault{Status: 403}))},
		{name: "404", how: always(f(iamtest.Fault{Status: 404}))},
		{name: "redirect", how: always(f(iamtest.Fault{})), trap: true},
		{name: "no token", how: always(f(iamtest.Fault{Wrong: iamtest.NoToken}))},
		{name: "empty token", how: always(f(iamtest.Fault{Wrong: iamtest.EmptyToken}))},
		{name: "newline in the token", how: always(f(iamtest.Fault{Wrong: iamtest.NewlineToken}))},
		{name: "expired token", how: always(f(iamtest.Fault{Wrong: iamtest.PastExpiry}))},
	}
	wide := []string{
		"hanging", "reset once", "cut always", "HTML 502", "429, wait a second", "503 thrice", "503 always", "401", "403", "newline in the token",
	}
	for i := range list {
		list[i].wide = method == api && slices.Contains(wide, list[i].name)
		list[i].name = method + " " + list[i].name
	}
	return list
}

// ofAPI are faults of the API alone, and of the token endpoint's refusals.
func ofAPI() []fault {
	refuse := func(reason, message, subtype string) []iamtest.Fault {
		return always(iamtest.Fault{Method: tokenEndpoint, Status: 400, Reason: reason, Message: message, Subtype: subtype})
	}
	deny := func(status int, reason string) []iamtest.Fault {
		return always(iamtest.Fault{Method: api, Status: status, Reason: reason})
	}
	wrong := func(w iamtest.Wrong) []iamtest.Fault { return always(iamtest.Fault{Method: api, Wrong: w}) }
	return []fault{
		{name: "login revoked", how: refuse("invalid_grant", "Token has been expired or revoked.", "")},
		{name: "login too old", how: refuse("invalid_grant", "reauth related error (invalid_rapt)", "invalid_rapt")},
		{name: "API disabled", how: deny(403, "SERVICE_DISABLED")},
		{name: "scopes too small", how: deny(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")},
		{name: "perimeter", how: deny(403, "SECURITY_POLICY_VIOLATED")},
		{name: "source token dead", how: deny(401, "ACCESS_TOKEN_EXPIRED")},
		{name: "source account disabled", how: deny(401, "ACCOUNT_STATE_INVALID")},
		{name: "no expiry", how: wrong(iamtest.NoExpiry)},
		{name: "far expiry", how: wrong(iamtest.FarExpiry)},
		{name: "garbage expiry", how: wrong(iamtest.GarbageExpiry)},
		{name: "everything hangs", how: always(iamtest.Fault{Method: "*", Hang: true}), atLeast: 15 * time.Second, atMost: budget},
	}
}

// ofIDTokens are ID tokens that look right and are not.
func ofIDTokens() []fault {
	var list []fault
	for _, w := range []iamtest.Wrong{
		iamtest.OtherAudience, iamtest.OtherAccount, iamtest.UnparsedString, iamtest.NoExpiry, iamtest.PastExpiry,
		iamtest.FarExpiry, iamtest.GarbageExpiry, iamtest.NewlineToken, iamtest.EmptyToken,
	} {
		list = append(list, fault{
			name: "ID token " + string(w), id: true, how: always(iamtest.Fault{Method: apiID, Wrong: w}),
		})
	}
	return list
}

// section is the configuration that the fault wants.
func (f fault) section() testenv.Section {
	if !f.id {
		return nil
	}
	return testenv.Section{"token": "id", "audience": machine.Audience}
}
