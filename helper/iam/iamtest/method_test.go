package iamtest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestGenerateAccessToken(t *testing.T) {
	s := newGranted(t)
	for _, account := range []string{target, strings.Replace(target, "@", "%40", 1), s.ServiceAccount(target).UniqueID} {
		a := call(t, s, s.AccessToken(alice, time.Minute), account, "generateAccessToken?alt=json&prettyPrint=false",
			`{"scope":["`+ScopeStorageRead+`"],"lifetime":"10s","delegates":null}`)
		token, _ := a.json["accessToken"].(string)
		if who, scopes, ok := s.Inspect(token); !ok || who != target || len(scopes) != 1 || scopes[0] != ScopeStorageRead {
			t.Errorf("%s: %d %s: token of %q, %v, %v", account, a.status, a.body, who, scopes, ok)
		}
		if len(token) != 1024 {
			t.Errorf("token of %d bytes", len(token))
		}
		expires, err := time.Parse("2006-01-02T15:04:05Z", a.json["expireTime"].(string))
		if left := expires.Sub(s.Now()); err != nil || left > 10*time.Second || left < 7*time.Second {
			t.Errorf("%v, %s left", err, left)
		}
	}
	long := newServer(t, Options{TokenBytes: 12288})
	if got := len(long.AccessToken(alice, time.Hour)); got != 12288 {
		t.Errorf("token of %d bytes, want 12288", got)
	}
}

func TestLifetimes(t *testing.T) {
	s := newGranted(t)
	s.ServiceAccount(second)
	s.Grant(alice, RoleTokenCreator, second)
	s.AllowLongLifetimes(second)
	bearer := s.AccessToken(alice, time.Hour)
	tests := []struct {
		account, lifetime string
		status            int
	}{
		{target, "3600s", 200}, {target, "0.5s", 200}, {target, "3601s", 400}, {target, "1h", 400},
		{target, "-1s", 400}, {target, "0s", 400}, {target, "3600", 400}, {target, "1.0000000001s", 400},
		{second, "43200s", 200}, {second, "43201s", 400},
	}
	for _, tt := range tests {
		body := fmt.Sprintf(`{"scope":["%s"],"lifetime":%q}`, ScopeCloudPlatform, tt.lifetime)
		a := call(t, s, bearer, tt.account, "generateAccessToken", body)
		if a.status != tt.status {
			t.Errorf("%s for %s: %d, want %d: %s", tt.lifetime, tt.account, a.status, tt.status, a.body)
		}
		if tt.lifetime == "3601s" && !strings.Contains(a.body, "allowServiceAccountCredentialLifetimeExtension") {
			t.Errorf("%s: %s", tt.lifetime, a.body)
		}
	}
	s.SetAccessTokenLifetime(time.Minute)
	a := call(t, s, bearer, target, "generateAccessToken", oneScope)
	expires, _ := time.Parse(time.RFC3339, a.json["expireTime"].(string))
	if left := expires.Sub(s.Now()); left > time.Minute {
		t.Errorf("cap of a minute, %s left", left)
	}
}

func TestGenerateIDToken(t *testing.T) {
	s := newGranted(t)
	bearer := s.AccessToken(alice, time.Hour)
	a := call(t, s, bearer, target, "generateIdToken", `{"audience":"https://app","includeEmail":true,"organizationNumberIncluded":true}`)
	token, _ := a.json["token"].(string)
	c, err := s.VerifyIDToken(token, "https://app")
	if err != nil {
		t.Fatal(err, a.body)
	}
	if c["email"] != target || c["email_verified"] != true || c["sub"] != s.ServiceAccount(target).UniqueID || c["google"] == nil {
		t.Errorf("claims %v", c)
	}
	if d := c.Time("exp").Sub(c.Time("iat")); d != time.Hour {
		t.Errorf("lives %s", d)
	}
	a = call(t, s, bearer, target, "generateIdToken", `{"audience":"https://app"}`)
	c, err = s.VerifyIDToken(a.json["token"].(string), "https://app")
	if err != nil || c["email"] != nil || c["google"] != nil {
		t.Errorf("without includeEmail: %v, %v", c, err)
	}
	for name, bad := range map[string]string{"tampered": tamper(token).(string), "half": token[:len(token)/2], "empty": ""} {
		if _, err := s.VerifyIDToken(bad, "https://app"); err == nil {
			t.Errorf("%s token was accepted", name)
		}
	}
	if _, err := s.VerifyIDToken(token, "https://other"); err == nil {
		t.Error("token for another audience was accepted")
	}
	s.SetSkew(2 * time.Hour)
	if _, err := s.VerifyIDToken(token, "https://app"); err == nil {
		t.Error("expired token was accepted")
	}
}

func TestSign(t *testing.T) {
	s := newGranted(t)
	bearer := s.AccessToken(alice, time.Hour)
	payload := []byte("hello \x00 world")
	a := call(t, s, bearer, target, "signBlob", `{"payload":"`+base64.StdEncoding.EncodeToString(payload)+`"}`)
	sig, err := base64.StdEncoding.DecodeString(a.json["signedBlob"].(string))
	if err != nil {
		t.Fatal(err)
	}
	id, _ := a.json["keyId"].(string)
	if err := s.VerifyBlob(target, id, payload, sig); err != nil {
		t.Error(err)
	}
	if s.VerifyBlob(target, id, append(payload, 'x'), sig) == nil || s.VerifyBlob(stranger, id, payload, sig) == nil {
		t.Error("a wrong signature was accepted")
	}
	now := s.Now().Unix()
	claims := fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":"https://app/*","iat":%d,"exp":%d}`, target, target, now, now+600)
	a = call(t, s, bearer, target, "signJwt", mustJSON(map[string]string{"payload": claims}))
	token, _ := a.json["signedJwt"].(string)
	if _, err := s.VerifyAccountJWT(token, "https://app/*"); err != nil {
		t.Error(err, a.body)
	}
	if _, err := s.VerifyAccountJWT(token, "https://app"); err == nil {
		t.Error("JWT for another audience was accepted")
	}
	for _, bad := range []string{
		`[1]`, `"x"`, `null`, `{`, `{"exp":1}`, `{"exp":"2031"}`, `{"exp":1.5e9}`,
		fmt.Sprintf(`{"exp":%d}`, now+43300),
	} {
		if a := call(t, s, bearer, target, "signJwt", mustJSON(map[string]string{"payload": bad})); a.status != 400 {
			t.Errorf("signJwt %s: %d, want 400", bad, a.status)
		}
	}
	if a := call(t, s, bearer, target, "signBlob", `{"payload":"*"}`); a.status != 400 {
		t.Errorf("signBlob of no base64: %d", a.status)
	}
	jwk := get(t, s, s.URL+"/service_accounts/v1/metadata/jwk/"+target)
	for _, form := range []string{"x509", "raw"} {
		keys := get(t, s, s.URL+"/service_accounts/v1/metadata/"+form+"/"+target)
		if keys.json[id] == nil || !strings.Contains(jwk.body, id) {
			t.Errorf("%s does not publish key %s: %s", form, id, keys.body)
		}
	}
	if certs := get(t, s, s.URL+"/oauth2/v3/certs"); !strings.Contains(certs.body, s.google().ID) {
		t.Errorf("certs: %s", certs.body)
	}
}

func TestCallerRefusals(t *testing.T) {
	s := newGranted(t)
	s.ServiceAccount(stranger)
	s.Grant(stranger, RoleTokenCreator, target)
	good := s.AccessToken(alice, time.Hour)
	revoked := s.AccessToken(alice, time.Hour)
	s.RevokeToken(revoked)
	disabled := s.AccessToken(stranger, time.Hour)
	s.ServiceAccount(stranger).Disable()
	tests := []struct {
		name, bearer string
		status       int
		reason       string
	}{
		{"none", "", 401, "CREDENTIALS_MISSING"},
		{"unknown", "ya29.foreign", 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED"},
		{"tampered", tamper(good).(string), 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED"},
		{"expired", s.AccessToken(alice, -time.Second), 401, "ACCESS_TOKEN_EXPIRED"},
		{"revoked", revoked, 401, "ACCESS_TOKEN_EXPIRED"},
		{"disabled caller", disabled, 401, "ACCOUNT_STATE_INVALID"},
		{"narrow scope", s.AccessToken(alice, time.Hour, ScopeStorageWrite), 403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
		{"ID token", s.IDToken(target, "https://iamcredentials.googleapis.com/"), 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED"},
		{"iam scope", s.AccessToken(alice, time.Hour, ScopeIAM), 200, ""},
		{"good", good, 200, ""},
	}
	for _, tt := range tests {
		for verb, body := range map[string]string{
			"generateAccessToken": oneScope, "generateIdToken": `{"audience":"a"}`,
			"signBlob": `{"payload":""}`, "signJwt": `{"payload":"{}"}`,
		} {
			a := call(t, s, tt.bearer, target, verb, body)
			if a.status != tt.status || a.reason() != tt.reason {
				t.Errorf("%s, %s: %d %s, want %d %s", tt.name, verb, a.status, a.reason(), tt.status, tt.reason)
			}
		}
	}
	s.ServiceAccount(stranger).Enable()
	if a := call(t, s, disabled, target, "generateAccessToken", oneScope); a.status != 200 {
		t.Errorf("enabled again: %d", a.status)
	}
}

func TestChains(t *testing.T) {
	const prefix = "projects/-/serviceAccounts/"
	tests := []struct {
		name      string
		grants    [][3]string
		delegates string
		status    int
	}{
		{"no grant", nil, "", 403},
		{"user role is not enough", [][3]string{{alice, RoleAccountUser, target}}, "", 403},
		{"ID role is not enough", [][3]string{{alice, RoleIDCreator, target}}, "", 403},
		{"single permission", [][3]string{{alice, PermAccessToken, target}}, "", 200},
		{"role", [][3]string{{alice, RoleTokenCreator, target}}, "", 200},
		{"grant to another", [][3]string{{stranger, RoleTokenCreator, target}}, "", 403},
		{"chain", [][3]string{{alice, PermDelegate, middle}, {middle, PermAccessToken, target}}, `"` + prefix + middle + `"`, 200},
		{"chain of bare names", [][3]string{{alice, PermDelegate, middle}, {middle, PermAccessToken, target}}, `"` + middle + `"`, 200},
		{"chain not asked for", [][3]string{{alice, RoleTokenCreator, middle}, {middle, RoleTokenCreator, target}}, ``, 403},
		{"first hop without delegation", [][3]string{{alice, PermAccessToken, middle}, {middle, PermAccessToken, target}}, `"` + middle + `"`, 403},
		{"last hop missing", [][3]string{{alice, RoleTokenCreator, middle}}, `"` + middle + `"`, 403},
		{"longer", [][3]string{
			{alice, PermDelegate, second}, {second, PermDelegate, middle}, {middle, PermAccessToken, target},
		}, `"` + second + `","` + middle + `"`, 200},
		{"wrong order", [][3]string{
			{alice, PermDelegate, second}, {second, PermDelegate, middle}, {middle, PermAccessToken, target},
		}, `"` + middle + `","` + second + `"`, 403},
		{"unknown delegate", [][3]string{{alice, RoleTokenCreator, target}}, `"nobody@demo-project.iam.gserviceaccount.com"`, 403},
		{"project in delegate", [][3]string{{alice, RoleTokenCreator, target}}, `"projects/p/serviceAccounts/` + middle + `"`, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, Options{})
			s.User(alice)
			for _, sa := range []string{target, middle, second, stranger} {
				s.ServiceAccount(sa)
			}
			for _, g := range tt.grants {
				s.Grant(g[0], g[1], g[2])
			}
			body := `{"scope":["` + ScopeCloudPlatform + `"],"delegates":[` + tt.delegates + `]}`
			a := call(t, s, s.AccessToken(alice, time.Hour), target, "generateAccessToken", body)
			if a.status != tt.status {
				t.Fatalf("%d, want %d: %s", a.status, tt.status, a.body)
			}
			if a.status == 403 && (a.reason() != "IAM_PERMISSION_DENIED" || !strings.Contains(a.body, PermAccessToken)) {
				t.Errorf("refusal: %s", a.body)
			}
			if len(tt.grants) == 0 || tt.status != 200 {
				return
			}
			for _, g := range tt.grants { // every edge counts
				s.Revoke(g[0], g[1], g[2])
				if a := call(t, s, s.AccessToken(alice, time.Hour), target, "generateAccessToken", body); a.status != 403 {
					t.Errorf("without %v: %d, want 403", g, a.status)
				}
				s.Grant(g[0], g[1], g[2])
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	s := newGranted(t)
	bearer := s.AccessToken(alice, time.Hour)
	tests := []struct {
		path, body string
		status     int
		text       string
	}{
		{"-/serviceAccounts/" + target + ":generateAccessToken", `{"scope":[]}`, 400, "Request contains an invalid argument."},
		{"-/serviceAccounts/" + target + ":generateAccessToken", ``, 400, "invalid argument"},
		{"-/serviceAccounts/" + target + ":generateAccessToken", `{"scope":"x"}`, 400, "scope"},
		{"-/serviceAccounts/" + target + ":generateAccessToken", `{"scope":["a"],"audience":"b"}`, 400, `Unknown name "audience"`},
		{"-/serviceAccounts/" + target + ":generateAccessToken", `{`, 400, "Invalid JSON payload"},
		{"-/serviceAccounts/" + target + ":generateIdToken", `{}`, 400, "invalid argument"},
		{"demo-project/serviceAccounts/" + target + ":generateAccessToken", oneScope, 400, "invalid argument"},
		{"-/serviceAccounts/" + target + ":mint", oneScope, 404, "<title>"},
		{"-/serviceAccounts/nobody@x.iam.gserviceaccount.com:generateAccessToken", oneScope, 404, "Gaia id not found for email nobody@x"},
		{"-/serviceAccounts/" + alice + ":generateAccessToken", oneScope, 404, "Requested entity was not found."},
	}
	for _, tt := range tests {
		r := methodRequest(t, s, bearer, "x", "y", tt.body)
		r.URL.Path = "/v1/projects/" + tt.path
		a := send(t, s, r)
		if a.status != tt.status || !strings.Contains(a.body, tt.text) && !strings.Contains(strings.ReplaceAll(a.body, `\"`, `"`), tt.text) {
			t.Errorf("%s %s: %d %s, want %d %q", tt.path, tt.body, a.status, a.body, tt.status, tt.text)
		}
	}
}

func TestSwitches(t *testing.T) {
	s := newGranted(t)
	bearer := s.AccessToken(alice, time.Hour)
	try := func() answer { return call(t, s, bearer, target, "generateAccessToken", oneScope) }
	s.DisableAPI()
	if a := try(); a.status != 403 || a.reason() != "SERVICE_DISABLED" {
		t.Errorf("API disabled: %d %s", a.status, a.body)
	}
	s.EnableAPI()
	s.DenyQuotaProject("other")
	r := methodRequest(t, s, bearer, target, "generateAccessToken", oneScope)
	r.Header.Set("X-Goog-User-Project", "other")
	if a := send(t, s, r); a.status != 403 || a.reason() != "USER_PROJECT_DENIED" {
		t.Errorf("quota project: %d %s", a.status, a.body)
	}
	s.ServiceAccount(target).Disable()
	s.SetDisabledTarget(403, "PERMISSION_DENIED", "it is off")
	if a := try(); a.status != 403 || !strings.Contains(a.body, "it is off") {
		t.Errorf("target disabled: %d %s", a.status, a.body)
	}
	s.ServiceAccount(target).Enable()
	if a := try(); a.status != 200 {
		t.Errorf("all well: %d %s", a.status, a.body)
	}
	s.ServiceAccount(target).Delete()
	if a := try(); a.status != 404 {
		t.Errorf("deleted: %d", a.status)
	}
}

func TestAllowedLocations(t *testing.T) {
	s := newGranted(t)
	address := s.URL + "/v1/projects/-/serviceAccounts/" + target + "/allowedLocations"
	if a := get(t, s, address); a.status != 401 {
		t.Errorf("without a token: %d", a.status)
	}
	if a := get(t, s, address, "Authorization", "Bearer "+s.AccessToken(alice, time.Hour)); a.status != 200 || a.json["encodedLocations"] != "0x0" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if got := s.Calls("allowedLocations"); got != 2 {
		t.Errorf("%d calls", got)
	}
	if a := get(t, s, s.URL+"/nowhere"); a.status != http.StatusNotFound {
		t.Errorf("/nowhere: %d", a.status)
	}
}
