package iamtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/iamcredentials/v1"
	"google.golang.org/api/option"
)

// credentials reads a source file with Google's own library.
func credentials(t *testing.T, s *Server, file []byte) *google.Credentials {
	t.Helper()
	var f struct{ Type google.CredentialsType }
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, s.Client())
	c, err := google.CredentialsFromJSONWithType(ctx, file, f.Type, ScopeCloudPlatform)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSourcesWithOfficialClients goes from each kind of source file to a token
// of the target, by x/oauth2 and the generated client of the API.
func TestSourcesWithOfficialClients(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("the executable source is a shell script: ", err)
	}
	t.Setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1")
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		t.Setenv(name, "")
	}
	s := newServer(t, Options{})
	s.ServiceAccount(target)
	dir := t.TempDir()
	write := func(name string, content []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	job := s.WorkloadPrincipal("job").Email
	aws := s.WorkloadPrincipal(AWSSubject).Email
	plain := write("token", []byte(s.SubjectToken("job")), 0o600)
	wrapped := write("token.json", []byte(mustJSON(map[string]string{"value": s.SubjectToken("job")})), 0o600)
	script := write("exe", fmt.Appendf(nil, "#!/bin/sh\ncat <<'END'\n%s\nEND\n", s.ExecutableResponse("job")), 0o700)
	s.Grant(job, RoleWorkload, middle)
	s.Grant(aws, RoleWorkload, middle)
	s.Grant(alice, RoleTokenCreator, middle)
	s.ServiceAccount(middle)
	tests := []struct {
		name      string
		file      []byte
		principal string // of the source's own token
		exchanges int    // up to the source's token
	}{
		{"user", s.UserADC(alice), alice, 1},
		{"key", s.KeyADC(second), second, 1},
		{"file", s.ExternalADC(ExternalOptions{File: plain}), job, 1},
		{"file json", s.ExternalADC(ExternalOptions{File: wrapped, JSON: true}), job, 1},
		{"file impersonating", s.ExternalADC(ExternalOptions{File: plain, Target: middle, LifetimeSeconds: 600}), middle, 2},
		{"url", s.ExternalADC(ExternalOptions{URL: true, Subject: "job"}), job, 2},
		{"url json", s.ExternalADC(ExternalOptions{URL: true, Subject: "job", JSON: true}), job, 2},
		{"executable", s.ExternalADC(ExternalOptions{Command: script}), job, 1},
		{"aws", s.ExternalADC(ExternalOptions{AWS: true}), aws, 5},
		{"aws impersonating", s.ExternalADC(ExternalOptions{AWS: true, Target: middle}), middle, 6},
		{"workforce user", s.ExternalUserADC("person"), s.WorkforcePrincipal("person").Email, 1},
		{"impersonated", s.ImpersonatedADC(s.UserADC(alice), middle), middle, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.Grant(tt.principal, RoleTokenCreator, target)
			s.ResetCalls()
			c := credentials(t, s, tt.file)
			token, err := c.TokenSource.Token()
			if err != nil {
				t.Fatal(err)
			}
			if who, ok := s.Principal(token.AccessToken); !ok || who != tt.principal {
				t.Errorf("token of %q, want %q", who, tt.principal)
			}
			if left := time.Until(token.Expiry); left < 9*time.Minute || left > time.Hour {
				t.Errorf("expires in %s", left)
			}
			if got := s.Calls(); got != tt.exchanges {
				t.Errorf("%d exchanges, want %d: %v", got, tt.exchanges, s.Log())
			}
			if who := mint(t, s, oauth2.StaticTokenSource(token)); who != target {
				t.Errorf("minted for %q", who)
			}
		})
	}
}

// mint asks for a token of the target by the generated client.
func mint(t *testing.T, s *Server, source oauth2.TokenSource) string {
	t.Helper()
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, s.Client())
	svc, err := iamcredentials.NewService(ctx, option.WithHTTPClient(oauth2.NewClient(ctx, source)), option.WithEndpoint(s.Endpoint()))
	if err != nil {
		t.Fatal(err)
	}
	res, err := svc.Projects.ServiceAccounts.GenerateAccessToken("projects/-/serviceAccounts/"+target,
		&iamcredentials.GenerateAccessTokenRequest{Scope: []string{ScopeCloudPlatform}}).Context(ctx).Do()
	if err != nil {
		t.Fatal(err)
	}
	who, _ := s.Principal(res.AccessToken)
	return who
}

func TestAWSFromEnvironment(t *testing.T) {
	for _, v := range AWSEnvironment() {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	s := newServer(t, Options{})
	c := credentials(t, s, s.ExternalADC(ExternalOptions{AWS: true}))
	if token, err := c.TokenSource.Token(); err != nil {
		t.Error(err)
	} else if who, _ := s.Principal(token.AccessToken); who != s.WorkloadPrincipal(AWSSubject).Email {
		t.Errorf("token of %q", who)
	}
	if s.Calls("aws") != 0 {
		t.Error("the metadata service was asked")
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong")
	c = credentials(t, s, s.ExternalADC(ExternalOptions{AWS: true}))
	if _, err := c.TokenSource.Token(); err == nil || !strings.Contains(err.Error(), "signature does not match") {
		t.Errorf("wrong secret key: %v", err)
	}
}

func TestSelfSignedJWT(t *testing.T) {
	s := newServer(t, Options{})
	s.ServiceAccount(target)
	s.Grant(second, RoleTokenCreator, target)
	file := s.KeyADC(second)
	scoped, err := google.JWTAccessTokenSourceWithScope(file, ScopeCloudPlatform)
	if err != nil {
		t.Fatal(err)
	}
	forAPI, err := google.JWTAccessTokenSourceFromJSON(file, "https://iamcredentials.googleapis.com/")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []oauth2.TokenSource{scoped, forAPI} {
		if who := mint(t, s, source); who != target {
			t.Errorf("minted for %q", who)
		}
	}
	if c := s.Log()[0]; s.Calls() != 2 || !c.SelfSigned || c.Principal != second {
		t.Errorf("calls %v", s.Log())
	}
	elsewhere, err := google.JWTAccessTokenSourceFromJSON(file, "https://storage.googleapis.com/")
	if err != nil {
		t.Fatal(err)
	}
	now := s.Now()
	k := s.ServiceAccount(second).Key()
	claims := func(change func(Claims)) string {
		c := Claims{"iss": second, "sub": second, "scope": ScopeCloudPlatform, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		change(c)
		return signJWT(k, c)
	}
	good := claims(func(Claims) {})
	bearer := func(src oauth2.TokenSource) string {
		tok, err := src.Token()
		if err != nil {
			t.Fatal(err)
		}
		return tok.AccessToken
	}
	s.ServiceAccount(stranger)
	for name, token := range map[string]string{
		"another audience": bearer(elsewhere),
		"tampered":         tamper(good).(string),
		"too long":         claims(func(c Claims) { c["exp"] = now.Add(61 * time.Minute).Unix() }),
		"expired":          claims(func(c Claims) { c["iat"], c["exp"] = now.Add(-2*time.Hour).Unix(), now.Add(-time.Hour).Unix() }),
		"from the future":  claims(func(c Claims) { c["iat"], c["exp"] = now.Add(time.Hour).Unix(), now.Add(2*time.Hour).Unix() }),
		"another subject":  claims(func(c Claims) { c["sub"] = stranger }),
		"no subject":       claims(func(c Claims) { delete(c, "sub") }),
		"another issuer":   claims(func(c Claims) { c["iss"], c["sub"] = stranger, stranger }),
		"narrow scope":     claims(func(c Claims) { c["scope"] = ScopeStorageRead }),
		"unknown key":      signJWT(&Key{ID: "none", Private: k.Private}, Claims{"iss": second, "sub": second, "scope": ScopeCloudPlatform}),
	} {
		if a := call(t, s, token, target, "generateAccessToken", oneScope); a.status != 401 || a.reason() != "ACCESS_TOKEN_TYPE_UNSUPPORTED" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := call(t, s, good, target, "generateAccessToken", oneScope); a.status != 200 {
		t.Errorf("good: %d %s", a.status, a.body)
	}
	s.DisableSelfSignedJWT()
	if a := call(t, s, good, target, "generateAccessToken", oneScope); a.status != 401 {
		t.Errorf("switched off: %d", a.status)
	}
}

func TestKeyRefusals(t *testing.T) {
	s := newServer(t, Options{})
	file := s.KeyADC(second)
	a := s.ServiceAccount(second)
	first := a.Key()
	refused := func(want string) {
		t.Helper()
		if _, err := credentials(t, s, file).TokenSource.Token(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	a.Disable()
	refused("Robot is disabled.")
	a.Enable()
	s.SetSkew(2 * time.Hour)
	refused("Invalid JWT: Token must be a short-lived token")
	s.SetSkew(-2 * time.Hour)
	refused("reasonable timeframe")
	s.SetSkew(0)
	if k := a.AddKey(); k.ID == first.ID || !strings.Contains(string(s.KeyADC(second)), k.ID) {
		t.Error("KeyADC does not use the newest key")
	}
	if _, err := credentials(t, s, file).TokenSource.Token(); err != nil {
		t.Errorf("the older key: %v", err)
	}
	a.DeleteKey(first.ID)
	refused("Invalid JWT Signature.")
	a.Delete()
	refused("account not found")
}

func TestTokenRefusals(t *testing.T) {
	s := newServer(t, Options{})
	good := func() url.Values {
		var f map[string]any
		if err := json.Unmarshal(s.UserADC(alice), &f); err != nil {
			t.Fatal(err)
		}
		return url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {f["refresh_token"].(string)},
			"client_id": {clientID}, "client_secret": {clientSecret},
		}
	}
	old := good()
	if a := postForm(t, s, "/token", old); a.status != 200 || a.json["expires_in"] != 3599.0 || a.json["id_token"] == nil {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for name, value := range map[string]string{"refresh_token": "1//x", "client_id": "x", "client_secret": "x", "grant_type": "password"} {
		form := good()
		form.Set(name, value)
		if a := postForm(t, s, "/token", form); a.status < 400 || a.json["error"] == nil {
			t.Errorf("%s=%s: %d %s", name, value, a.status, a.body)
		}
	}
	s.User(alice).RotateRefreshToken()
	if a := postForm(t, s, "/token", old); a.json["error_description"] != "Token has been expired or revoked." {
		t.Errorf("old refresh token: %s", a.body)
	}
	if a := postForm(t, s, "/token", good()); a.status != 200 {
		t.Errorf("new refresh token: %s", a.body)
	}
	s.SetSourceTokenLifetime(90 * time.Second)
	if a := postForm(t, s, "/token", good()); a.json["expires_in"] != 89.0 {
		t.Errorf("short life: %s", a.body)
	}
	s.User(alice).Disable()
	if a := postForm(t, s, "/token", good()); a.status != 400 {
		t.Errorf("disabled user: %d", a.status)
	}
}

func TestSTSRefusals(t *testing.T) {
	s := newServer(t, Options{})
	now := s.Now()
	good := func() url.Values {
		return url.Values{
			"grant_type": {grantExchange}, "audience": {WorkloadAudience}, "scope": {ScopeCloudPlatform},
			"requested_token_type": {typeAccess}, "subject_token_type": {typeJWT}, "subject_token": {s.SubjectToken("job")},
		}
	}
	if a := postForm(t, s, "/v1/token", good()); a.status != 200 || a.json["issued_token_type"] != typeAccess {
		t.Fatalf("%d %s", a.status, a.body)
	}
	tests := []struct{ field, value, want string }{
		{"audience", "//iam.googleapis.com/other", `Invalid value for "audience".`},
		{"scope", "", "Invalid OAuth scope"},
		{"grant_type", "x", "grant_type"},
		{"requested_token_type", typeID, "requested_token_type"},
		{"subject_token_type", "urn:ietf:params:oauth:token-type:saml2", "subject_token_type"},
		{"subject_token_type", typeAWS, "subject_token_type"},
		{"subject_token", "", "subject_token"},
		{"subject_token", "x.y.z", "Error parsing"},
		{"subject_token", tamper(s.SubjectToken("job")).(string), "INVALID_SIGNATURE"},
		{"subject_token", s.WorkforceSubjectToken("job"), "audience"},
		{"subject_token", s.subjectToken("job", WorkloadAudience, -time.Minute), "stale"},
		{"subject_token", signJWT(s.google(), Claims{"iss": s.provider(), "aud": "https:" + WorkloadAudience, "iat": now.Unix(), "exp": now.Unix() + 60}), "SIGNATURE"},
		{"subject_token", s.IDToken(target, "https:"+WorkloadAudience), "issuer"},
	}
	for _, tt := range tests {
		form := good()
		form.Set(tt.field, tt.value)
		if a := postForm(t, s, "/v1/token", form); a.status != 400 || !strings.Contains(a.json["error_description"].(string), tt.want) {
			t.Errorf("%s=%.40s: %d %s, want %q", tt.field, tt.value, a.status, a.body, tt.want)
		}
	}
	form := good()
	form.Set("audience", WorkforceAudience)
	form.Set("subject_token", s.WorkforceSubjectToken("person"))
	if a := postForm(t, s, "/v1/token", form); a.status != 200 {
		t.Errorf("workforce: %s", a.body)
	} else if who, _ := s.Principal(a.json["access_token"].(string)); who != s.WorkforcePrincipal("person").Email {
		t.Errorf("workforce token of %q", who)
	}
	s.WorkloadPrincipal("job").Disable()
	if a := postForm(t, s, "/v1/token", good()); a.status != 400 {
		t.Errorf("rejected subject: %d", a.status)
	}
}

func TestRotatingRefreshTokens(t *testing.T) {
	s := newServer(t, Options{})
	file := s.ExternalUserADC("person")
	s.RotateRefreshTokens()
	c := credentials(t, s, file)
	if _, err := c.TokenSource.Token(); err != nil {
		t.Fatal(err)
	}
	if _, err := credentials(t, s, file).TokenSource.Token(); err == nil {
		t.Error("a refresh token was used twice")
	}
	if _, err := credentials(t, s, s.ExternalUserADC("person")).TokenSource.Token(); err != nil {
		t.Errorf("the new one: %v", err)
	}
	var f map[string]any
	_ = json.Unmarshal(s.ExternalUserADC("person"), &f)
	form := url.Values{"grant_type": {grantRefresh}, "refresh_token": {f["refresh_token"].(string)}, "client_id": {clientID}, "client_secret": {clientSecret}}
	if a := postForm(t, s, "/v1/oauthtoken", form); a.status != 401 {
		t.Errorf("client in the form rather than a Basic header: %d", a.status)
	}
}
