package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/googleapis/gax-go/v2/apierror"
	"github.com/googleapis/gax-go/v2/callctx"

	"github.com/credential-iam/credential-iam/helper/iam"
)

// withHeader is how Google's client takes metadata.
func withHeader(ctx context.Context, name, value string) context.Context {
	return callctx.SetHeaders(ctx, name, value)
}

// sent is a request as it was on the wire, as far as both clients decide it.
type sent struct {
	Method, Path string
	Body         map[string]any
	Header       map[string]string
}

// recorder stands before the server and writes down what is asked.
type recorder struct {
	mu   sync.Mutex
	list []sent
}

// through starts the recorder.
func (r *recorder) through(t *testing.T) func(to string) string {
	return func(to string) string {
		base, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		proxy := httputil.NewSingleHostReverseProxy(base)
		s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, req *http.Request) {
			raw, _ := io.ReadAll(req.Body)
			req.Body = io.NopCloser(bytes.NewReader(raw))
			one := sent{Method: req.Method, Path: req.URL.EscapedPath(), Header: map[string]string{}}
			d := json.NewDecoder(bytes.NewReader(raw))
			d.UseNumber()
			if err := d.Decode(&one.Body); err != nil {
				t.Errorf("%s: the body is not JSON: %v", one.Path, err)
			}
			for _, name := range []string{"Content-Type", "X-Goog-Request-Params", "X-Goog-User-Project", "X-Goog-Request-Reason", "X-Goog-Fieldmask"} {
				if v := req.Header.Get(name); v != "" {
					one.Header[name] = v
				}
			}
			r.mu.Lock()
			r.list = append(r.list, one)
			r.mu.Unlock()
			proxy.ServeHTTP(out, req)
		}))
		t.Cleanup(s.Close)
		return s.URL + "/"
	}
}

// take returns what was asked since the last time.
func (r *recorder) take() []sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list
	r.list = nil
	return list
}

// row is one value of one parameter.
type row struct {
	parameter string
	ask       ask
	// status is the HTTP status of Google's client's error, 0 for none, -1 for an
	// error of its own before a call.
	status int
	// refused is the parameter that we refuse before any call. wire is what we send
	// otherwise than Google's client, by the member of the body. reason says why, for
	// both.
	refused, reason string
	wire            map[string]any
}

const (
	early = "no call is made that cannot succeed, and the parameter is named"
	path  = "a name is a part of the URL's path: it is an account and nothing else"
)

// rows are all parameters of the four methods.
func rows() []row {
	name := func(v string) func(*ask) { return func(a *ask) { a.name = v } }
	delegates := func(v ...string) func(*ask) { return func(a *ask) { a.delegates = v } }
	scopes := func(v ...string) func(*ask) { return func(a *ask) { a.scope = v } }
	lifetime := func(v time.Duration) func(*ask) { return func(a *ask) { a.lifetime = v } }
	payload := func(v string) func(*ask) { return func(a *ask) { a.payload = v } }
	to := func(v string) func(*ask) { return func(a *ask) { a.audience = v } }
	rows := []row{
		{parameter: "name", ask: access()}, {parameter: "name", ask: id()}, {parameter: "name", ask: blob()}, {parameter: "name", ask: jwt()},
		{parameter: "name, of nobody", ask: access(name(prefix + "gone@demo-project.iam.gserviceaccount.com")), status: 404},
		{parameter: "delegates", ask: access(delegates(prefix + middle))}, {parameter: "delegates", ask: id(delegates(prefix + middle))},
		{parameter: "delegates", ask: blob(delegates(prefix + middle))}, {parameter: "delegates", ask: jwt(delegates(prefix + middle))},
		{
			parameter: "delegates, as an e-mail", ask: access(delegates(middle)), wire: map[string]any{"delegates": []any{prefix + middle}},
			reason: "the documented form",
		},
		{parameter: "delegates, not an account", ask: access(delegates("x")), status: 403, refused: "delegates", reason: early},
		{parameter: "delegates, of a project", ask: access(delegates("projects/p/serviceAccounts/" + middle)), status: 400, refused: "delegates", reason: early},
		{parameter: "delegates, empty", ask: access(delegates("")), status: 400, refused: "delegates", reason: early},
		{parameter: "scope, several", ask: access(scopes(scope, "https://www.googleapis.com/auth/cloud-platform"))},
		{parameter: "scope, none", ask: access(scopes()), status: 400, refused: "scopes", reason: early},
		{parameter: "scope, with a blank", ask: access(scopes("a b")), status: 400, refused: "scopes", reason: early},
		{parameter: "lifetime", ask: access(lifetime(10 * time.Second))},
		{parameter: "lifetime, left out", ask: access(lifetime(0)), wire: map[string]any{"lifetime": "3600s"}, reason: "the API's default: the reply is held against it"},
		{parameter: "lifetime, a fraction", ask: access(lifetime(90*time.Second + 500*time.Millisecond)), wire: map[string]any{"lifetime": "90s"}, reason: "whole seconds, as expireTime has"},
		{parameter: "lifetime, too long", ask: access(lifetime(13 * time.Hour)), status: 400, refused: "lifetime", reason: early},
		{parameter: "lifetime, more than an hour without the policy", ask: access(lifetime(2 * time.Hour)), status: 400},
		{parameter: "lifetime, negative", ask: access(lifetime(-time.Second)), status: 400, refused: "lifetime", reason: early},
		{parameter: "audience", ask: id(to("1234-abc.apps.googleusercontent.com"))},
		{parameter: "audience, none", ask: id(to("")), status: 400, refused: "audience", reason: early},
		{parameter: "include_email", ask: id(func(a *ask) { a.includeEmail = true })},
		{parameter: "payload, empty bytes", ask: blob(payload(""))},
		{parameter: "payload, 300 KB", ask: blob(payload(strings.Repeat("x", 300<<10)))},
		{parameter: "payload, claims of 300 KB", ask: jwt(payload(`{"x":"` + strings.Repeat("y", 300<<10) + `"}`))},
		{parameter: "payload, no object", ask: jwt(payload(`["x"]`)), status: 400, refused: "claims", reason: early},
		{parameter: "payload, exp in the past", ask: jwt(payload(`{"exp":1}`)), status: 400, refused: "claims", reason: early},
		{parameter: "payload, exp as text", ask: jwt(payload(`{"exp":"1"}`)), status: 400, refused: "claims", reason: early},
		{parameter: "metadata, quota project", ask: access(func(a *ask) { a.quotaProject = "bill-me" })},
		{parameter: "metadata, request reason", ask: blob(func(a *ask) { a.reason = "ticket 7" })},
		{parameter: "metadata, any", ask: jwt(func(a *ask) { a.header = [2]string{"x-goog-fieldmask", "signedJwt,keyId"} })},
		{parameter: "timeout", ask: access(func(a *ask) { a.timeout = time.Minute })},
	}
	for _, make := range []func(...func(*ask)) ask{access, id, blob, jwt} {
		rows = append(rows,
			row{parameter: "name, empty", ask: make(name("")), status: 404, refused: "serviceAccount", reason: early},
			row{parameter: "name, of a project", ask: make(name("projects/p/serviceAccounts/" + deployer)), status: 400, refused: "serviceAccount", reason: early},
			row{parameter: "name, with another verb", ask: make(name(prefix + deployer + ":signBlob")), status: 404, refused: "serviceAccount", reason: path},
			row{parameter: "name, that leads elsewhere", ask: make(name(prefix + "../../../v2/x")), status: 400, refused: "serviceAccount", reason: path},
			row{parameter: "name, with a query", ask: make(name(prefix + deployer + "?a=b")), status: 404, refused: "serviceAccount", reason: path},
		)
	}
	return rows
}

// TestParameters makes every call with both clients.
func TestParameters(t *testing.T) {
	r := &recorder{}
	w := newWorld(t, r.through(t))
	for _, row := range rows() {
		t.Run(row.parameter+"/"+row.ask.method, func(t *testing.T) {
			theirs, theirErr := row.ask.reference(t.Context(), w.reference)
			theirSent := r.take()
			our, ourErr := row.ask.ours(t.Context(), w.ours, w.endpoint)
			ourSent := r.take()
			var api *apierror.APIError
			if got := 0; theirErr != nil {
				if got = -1; errors.As(theirErr, &api) {
					got = api.HTTPCode()
				}
				if got != row.status {
					t.Errorf("Google's client: status %d, want %d: %v", got, row.status, theirErr)
				}
			} else if row.status != 0 {
				t.Errorf("Google's client: no error, want status %d", row.status)
			}
			if row.refused != "" {
				var bad *iam.ParameterError
				if !errors.As(ourErr, &bad) || bad.Parameter != row.refused || len(ourSent) != 0 {
					t.Errorf("want the parameter %s to be refused before a call: %v, %d calls", row.refused, ourErr, len(ourSent))
				}
				if row.reason == "" {
					t.Error("a difference without a reason")
				}
				return
			}
			if len(theirSent) != 1 {
				t.Fatalf("Google's client sent %d requests: %v", len(theirSent), theirErr)
			}
			// It repeats the name, which the path has already.
			if theirSent[0].Body["name"] != row.ask.name {
				t.Errorf("their name is %v", theirSent[0].Body["name"])
			}
			delete(theirSent[0].Body, "name")
			if row.wire != nil {
				maps.Copy(theirSent[0].Body, row.wire)
			}
			if diff := cmp.Diff(theirSent, ourSent); diff != "" {
				t.Errorf("on the wire, theirs and ours (%v): %s", ourErr, diff)
			}
			if theirErr != nil {
				sameError(t, api, ourErr)
				return
			}
			if ourErr != nil {
				t.Fatalf("ours: %v", ourErr)
			}
			w.sameAnswer(t, row.ask, theirs, our)
		})
	}
}

// sameAnswer wants the same from both: tokens of the same account for the same, with
// the same end, and the same signature.
func (w *world) sameAnswer(t *testing.T, a ask, theirs, ours answer) {
	t.Helper()
	if theirs.keyID != ours.keyID || theirs.signed != ours.signed {
		t.Error("the signatures differ")
	}
	switch a.method {
	case "generateAccessToken":
		who, scopes, ok := w.server.Inspect(theirs.token)
		ourWho, ourScopes, ourOK := w.server.Inspect(ours.token)
		if !ok || !ourOK || who != ourWho || !cmp.Equal(scopes, ourScopes) {
			t.Errorf("tokens of %q for %q, and of %q for %q", who, scopes, ourWho, ourScopes)
		}
		if d := theirs.expires.Sub(ours.expires).Abs(); d > 3*time.Second {
			t.Errorf("their ends are %s apart", d)
		}
	case "generateIdToken":
		one, err1 := w.server.VerifyIDToken(theirs.token, a.audience)
		two, err2 := w.server.VerifyIDToken(ours.token, a.audience)
		for _, claim := range []string{"iat", "exp"} {
			delete(one, claim)
			delete(two, claim)
		}
		if diff := cmp.Diff(one, two); err1 != nil || err2 != nil || diff != "" {
			t.Errorf("%v, %v, claims: %s", err1, err2, diff)
		}
	case "signJwt":
		if theirs.token != ours.token && !strings.Contains(a.payload, "exp") {
			if payloadOf(theirs.token) != payloadOf(ours.token) {
				t.Error("the JWTs say different things")
			}
		}
	}
}

func payloadOf(jwt string) string {
	_, rest, _ := strings.Cut(jwt, ".")
	body, _, _ := strings.Cut(rest, ".")
	return body
}

// sameError wants the same status, reason, domain and metadata in both errors, and
// below ours what is below theirs.
func sameError(t *testing.T, theirs *apierror.APIError, err error) {
	t.Helper()
	var ours *iam.APIError
	if theirs == nil || !errors.As(err, &ours) {
		t.Errorf("no *iam.APIError: %v", err)
		return
	}
	if ours.HTTPStatus != theirs.HTTPCode() || ours.Reason != theirs.Reason() || ours.Domain != theirs.Domain() ||
		!cmp.Equal(ours.Metadata, theirs.Metadata()) {
		t.Errorf("theirs is %d %s %s %v, ours %d %s %s %v", theirs.HTTPCode(), theirs.Reason(), theirs.Domain(), theirs.Metadata(),
			ours.HTTPStatus, ours.Reason, ours.Domain, ours.Metadata)
	}
	var below *apierror.APIError
	if !errors.As(err, &below) || below.HTTPCode() != theirs.HTTPCode() {
		t.Errorf("no *apierror.APIError below ours: %v", err)
	}
}
