package iam

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const audienceA = "https://a.example.com"

// TestMethods has every method, with and without delegates, and verifies what
// comes back with the keys that the stand-in publishes.
func TestMethods(t *testing.T) {
	for _, delegates := range [][]string{nil, {middle}, {helper.AccountPrefix + middle, second}} {
		w := newWorld(t)
		w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
		w.s.Grant(alice, iamtest.RoleTokenCreator, middle)
		w.s.Grant(middle, iamtest.RoleTokenCreator, second)
		w.s.Grant(middle, iamtest.RoleTokenCreator, deployer)
		w.s.Grant(second, iamtest.RoleTokenCreator, deployer)
		target := w.target(w.s.UserADC(alice), deployer, delegates...)
		ctx := t.Context()

		target.Scopes, target.Lifetime = []string{iamtest.ScopeStorageRead}, 10*time.Minute
		tok := w.mint(target)
		if email, scopes, ok := w.s.Inspect(tok.Secret.Reveal()); !ok || email != deployer || scopes[0] != iamtest.ScopeStorageRead {
			t.Errorf("access token of %s with %v", email, scopes)
		}
		if left := time.Until(tok.Expires); left < 9*time.Minute || left > 11*time.Minute {
			t.Errorf("access token expires in %s", left)
		}

		for _, email := range []bool{true, false} {
			id := target
			id.Token, id.Audience, id.IncludeEmail = helper.ID, audienceA, email
			tok = w.mint(id)
			claims, err := w.s.VerifyIDToken(tok.Secret.Reveal(), audienceA)
			if err != nil {
				t.Error(err)
			}
			if got := claims.String("email") == deployer; got != email {
				t.Errorf("email %q, asked for %t", claims.String("email"), email)
			}
			if d := tok.Expires.Sub(claims.Time("exp")).Abs(); d > 2*time.Second {
				t.Errorf("ID token's expiry is %s off", d)
			}
		}

		jwt := target
		jwt.Token, jwt.Audience, jwt.Lifetime = helper.JWT, audienceA, 30*time.Minute
		tok = w.mint(jwt)
		claims, err := w.s.VerifyAccountJWT(tok.Secret.Reveal(), audienceA)
		if err != nil || claims.String("sub") != deployer || claims.String("iss") != deployer {
			t.Errorf("JWT %v, %v", claims, err)
		}
		if d := tok.Expires.Sub(claims.Time("exp")).Abs(); d > 2*time.Second {
			t.Errorf("JWT's expiry is %s off", d)
		}

		payload := []byte("bytes\x00\xff")
		sig, err := w.c.SignBlob(ctx, target, payload)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.s.VerifyBlob(deployer, sig.KeyID, payload, sig.Bytes); err != nil {
			t.Error(err)
		}
		if err := w.s.VerifyBlob(deployer, sig.KeyID, []byte("other"), sig.Bytes); err == nil {
			t.Error("a signature of other bytes passes")
		}

		signed, err := w.c.SignJWT(ctx, target, []byte(`{"iss":"`+deployer+`","sub":"`+deployer+`","aud":"`+audienceA+`","big":12345678901234567890}`))
		if err != nil {
			t.Fatal(err)
		}
		if signed.KeyID == "" || signed.Account != deployer {
			t.Errorf("signed %+v", signed)
		}
		if got := w.s.Calls("token"); got != 1 {
			t.Errorf("%d source tokens for six calls, want 1", got)
		}
		w.noSecrets()
	}
}

func TestHeaders(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.UserADC(alice), deployer)
	target.QuotaProject, target.RequestReason = "bill-me", "ticket 7"
	w.mint(target)
	h := w.spy.lastHeader
	want := map[string]string{
		"X-Goog-User-Project":   "bill-me",
		"X-Goog-Request-Reason": "ticket 7",
		"X-Goog-Request-Params": "name=" + url.QueryEscape("projects/-/serviceAccounts/"+deployer),
		"Content-Type":          "application/json",
	}
	for name, value := range want {
		if got := h.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	if !strings.Contains(h.Get("User-Agent"), "credential-iam/1.2.3") {
		t.Errorf("User-Agent: %q", h.Get("User-Agent"))
	}
	if got := w.s.Log("token")[0].Header("User-Agent"); got != "credential-iam/1.2.3" && !strings.Contains(got, "credential-iam/1.2.3") {
		t.Errorf("User-Agent at the token endpoint: %q", got)
	}
	if target.QuotaProject = ""; true {
		w.mint(target)
		if got := w.spy.lastHeader.Get("X-Goog-User-Project"); got != "" {
			t.Errorf("x-goog-user-project %q without one configured", got)
		}
	}
}

// TestQuotaProject has the project of the source document: used, and dropped
// when only the document wanted it and it is refused.
func TestQuotaProject(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	var doc map[string]any
	if err := json.Unmarshal(w.s.UserADC(alice), &doc); err != nil {
		t.Fatal(err)
	}
	doc["quota_project_id"] = "from-file"
	target := w.target(must(json.Marshal(doc))(t), deployer)
	w.mint(target)
	if got := w.spy.lastHeader.Get("X-Goog-User-Project"); got != "from-file" {
		t.Errorf("x-goog-user-project %q", got)
	}
	w.s.DenyQuotaProject("from-file")
	w.s.ResetCalls()
	w.mint(target)
	w.calls(2)
	w.mint(target)
	w.calls(1)
	target.QuotaProject = "from-file"
	w.wantError(target, "quota-project", "gcloud projects add-iam-policy-binding from-file --member=user:"+alice, "roles/serviceusage.serviceUsageConsumer")
	w.calls(1)
}

// TestConnections proves that everything of one mint goes over one connection,
// and the next mint too, over TLS with HTTP/2 and our own transport.
func TestConnections(t *testing.T) {
	s, err := iamtest.NewServer(iamtest.Options{TLS: true, TokenBytes: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ca, err := s.CAFile()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.s = s
	s.ServiceAccount(deployer)
	s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	w.env["SSL_CERT_FILE"] = ca
	t.Setenv("SSL_CERT_FILE", ca)
	c := New(Options{Env: w.c.env, Store: w.store})
	target := w.target(s.UserADC(alice), deployer)
	for range 3 {
		if _, err := c.Mint(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SignBlob(t.Context(), target, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Connections(); got != 1 {
		t.Errorf("%d connections, want 1", got)
	}
	for _, call := range s.Log() {
		if call.Proto != "HTTP/2.0" {
			t.Errorf("%s by %s", call.Method, call.Proto)
		}
	}
	if got := s.Calls(); got != 7 {
		t.Errorf("%d exchanges, want 7", got)
	}
	// A server that nobody vouches for is refused, and says so.
	stranger := New(Options{Env: helper.Env{Now: time.Now, Getenv: func(string) string { return "" }}})
	t.Setenv("SSL_CERT_FILE", "/dev/null")
	w.T = t
	_, err = stranger.Mint(t.Context(), target)
	e := w.checkError(err, "tls", "certificate")
	if e.Unreachable {
		t.Error("a certificate that is not trusted counts as unreachable: a stale token would be used")
	}
}

func TestParameters(t *testing.T) {
	w := newWorld(t)
	good := w.target(w.s.UserADC(alice), deployer)
	cases := []struct {
		name   string
		change func(t *helper.Target)
	}{
		{"serviceAccount", func(t *helper.Target) { t.ServiceAccount = "../../x" }},
		{"serviceAccount", func(t *helper.Target) { t.ServiceAccount = "projects/p/serviceAccounts/" + deployer }},
		{"serviceAccount", func(t *helper.Target) { t.ServiceAccount = deployer + ":signBlob" }},
		{"delegates", func(t *helper.Target) { t.Delegates = []string{"x?y@z.com"} }},
		{"delegates", func(t *helper.Target) { t.ServiceAccount, t.Delegates = "", []string{middle} }},
		{"scopes", func(t *helper.Target) { t.Scopes = nil }},
		{"scopes", func(t *helper.Target) { t.Scopes = []string{"a b"} }},
		{"lifetime", func(t *helper.Target) { t.Lifetime = time.Millisecond }},
		{"lifetime", func(t *helper.Target) { t.Lifetime = 12*time.Hour + time.Second }},
		{"audience", func(t *helper.Target) { t.Token = helper.ID }},
		{"audience", func(t *helper.Target) { t.Token, t.Audience = helper.JWT, "a\nb" }},
		{"endpoint", func(t *helper.Target) { t.Endpoint = "http://evil.example.com/" }},
		{"quotaProject", func(t *helper.Target) { t.QuotaProject = "a\r\nb" }},
		{"requestReason", func(t *helper.Target) { t.RequestReason = "ä" }},
		{"token", func(t *helper.Target) { t.Token = "cookie" }},
	}
	for _, c := range cases {
		target := good
		c.change(&target)
		w.wantError(target, "bad-parameter", `"`+c.name+`"`)
	}
	target := good
	target.Token, target.Audience, target.ServiceAccount = helper.JWT, audienceA, "123456789012345678901"
	w.wantError(target, "bad-parameter", "numeric id", "gcloud iam service-accounts describe 123456789012345678901")
	now := time.Now()
	for claims, want := range map[string]string{
		`[]`: "object", `"x"`: "object", `null`: "object", `{} {}`: "object", ``: "object", `{`: "object",
		`{"exp":"1"}`: "integer", `{"exp":1.5}`: "integer", `{"exp":null}`: "integer", `{"exp":1}`: "past",
		`{"exp":` + number(now.Add(13*time.Hour)) + `}`: "12 hours",
	} {
		_, err := w.c.SignJWT(t.Context(), good, []byte(claims))
		w.checkError(err, "bad-parameter", want)
	}
	_, err := w.c.SignBlob(t.Context(), good, make([]byte, MaxPayload+1))
	w.checkError(err, "bad-parameter", "larger")
	w.calls(0)
	// The unique id and the prefixed form are accepted.
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	for _, name := range []string{w.s.ServiceAccount(deployer).UniqueID, accountName(deployer)} {
		target := good
		target.ServiceAccount = name
		w.wantPrincipal(w.mint(target), deployer)
		target.Token, target.Audience, target.IncludeEmail = helper.ID, audienceA, true
		w.mint(target)
	}
}

func number(at time.Time) string { b, _ := json.Marshal(at.Unix()); return string(b) }

func TestHops(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, middle)
	w.s.Grant(second, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.UserADC(alice), deployer, middle, second)
	hops, err := w.c.Hops(t.Context(), target)
	if err != nil || len(hops) != 3 {
		t.Fatalf("Hops = %v, %v", hops, err)
	}
	if h := hops[0]; !h.OK || h.From != alice || h.To != middle {
		t.Errorf("first hop %+v", h)
	}
	if h := hops[1]; h.OK || !h.Denied || h.From != middle || h.To != second || h.Err == nil {
		t.Errorf("second hop %+v", h)
	}
	if h := hops[2]; !h.Skipped || h.OK {
		t.Errorf("third hop %+v", h)
	}
	grant := "gcloud iam service-accounts add-iam-policy-binding " + second + " --member=serviceAccount:" + middle + " --role=roles/iam.serviceAccountTokenCreator"
	w.wantError(target, "permission-denied", middle+" may not impersonate "+second, grant)
	w.s.Grant(middle, iamtest.RoleTokenCreator, second)
	hops, err = w.c.Hops(t.Context(), target)
	if err != nil || !hops[0].OK || !hops[1].OK || !hops[2].OK {
		t.Errorf("Hops = %+v, %v", hops, err)
	}
	w.mint(target)
	// A missing account in the middle.
	target.Delegates[1] = "gone@demo-project.iam.gserviceaccount.com"
	hops, err = w.c.Hops(t.Context(), target)
	if err != nil || hops[1].OK || hops[1].Err.Code != "not-found" {
		t.Errorf("Hops = %+v, %v", hops, err)
	}
	own := w.target(w.s.UserADC(alice), "")
	if hops, err := w.c.Hops(t.Context(), own); err != nil || len(hops) != 0 {
		t.Errorf("Hops without an account = %v, %v", hops, err)
	}
}

func TestIdentity(t *testing.T) {
	w := newWorld(t)
	doc := w.s.ImpersonatedADC(w.s.KeyADC(builder), middle, second)
	target := w.target(doc, deployer)
	id, err := w.c.Identity(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	if id.Kind != "service_account" || id.Principal != builder || id.Member != "serviceAccount:"+builder ||
		strings.Join(id.Own, " ") != second+" "+middle || strings.Join(id.Way, " ") != second+" "+middle+" "+deployer ||
		id.Where != "file "+target.Source.Path {
		t.Errorf("Identity = %+v", id)
	}
	w.calls(0)
}
