package iam

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// FuzzDocument wants every document to be refused or to be one that can be used
// without a surprise.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r"}`,
		`{"installed":{}}`, `{"type":"service_account","client_email":"a@b.c","private_key":"x"}`,
		`{"type":"external_account","audience":"a","subject_token_type":"t","credential_source":{"file":"/x"},"service_account_impersonation_url":"https://h/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken"}`,
		`{"type":"external_account","credential_source":{"executable":{}}}`,
		`{"type":"impersonated_service_account","service_account_impersonation_url":"https://h/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken","source_credentials":{"type":"impersonated_service_account"}}`,
		`{"type":"impersonated_service_account","source_credentials":{"source_credentials":{}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := source.Parse(raw)
		if err != nil {
			return
		}
		cred, err := ofDocument(d, source.Principal{})
		if err != nil {
			return
		}
		for _, a := range accounts(cred.own) {
			if helper.CheckServiceAccount(a) != nil {
				t.Errorf("account %q in the chain", a)
			}
		}
		switch k := cred.kind.(type) {
		case *user:
			err = checkURL("url", k.tokenURI)
		case *key:
			err = checkURL("url", k.tokenURI)
		case *external:
			err = checkURL("url", k.tokenURL)
		case *externalUser:
			err = checkURL("url", k.tokenURL)
		}
		if err != nil {
			t.Errorf("a URL passes: %v", err)
		}
		id := &identity{credential: cred, about: cred.kind.about()}
		_, _ = id.memberOf(), id.who()
	})
}

// FuzzFailure wants any reply to become one clean line without the secret.
func FuzzFailure(f *testing.F) {
	const secret = "ya29.very-secret-token"
	for _, seed := range []string{
		`{"error":{"code":403,"message":"x","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"R","metadata":{"consumer":"projects/1"}}]}}`,
		`{"error":"invalid_grant","error_description":"x","error_subtype":"invalid_rapt"}`, `<html>`, `{`, `{"error":7}`, "a\x1b[31m\r\nb", "",
		`{"error":{"message":"has not been used in project 4 before or it is disabled"}}`,
	} {
		f.Add(403, []byte(seed))
		f.Add(400, []byte(seed+secret))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		x := &exchange{sent: true, host: "h", status: 300 + (status%300+300)%300, body: body, secrets: []string{secret}}
		fail := newFailure(t.Context(), x, errReply)
		r := &request{op: "mint access token for", object: "t@p.iam.gserviceaccount.com", way: []string{"t@p.iam.gserviceaccount.com"},
			id: &identity{credential: &credential{kind: &user{}}}, t: helper.Target{Token: helper.Access}}
		for _, source := range []bool{false, true} {
			fail.source = source
			text := r.explainAs(fail, 0).Error()
			if strings.Contains(text, secret) {
				t.Errorf("secret in %q", text)
			}
			if strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
				t.Errorf("control character in %q", text)
			}
			if len(text) > 2100 {
				t.Errorf("%d bytes long", len(text))
			}
		}
	})
}

// FuzzReply wants no reply to pass that is not within its bounds.
func FuzzReply(f *testing.F) {
	f.Add("ya29.x", "2030-01-01T00:00:00Z", int64(1893456000))
	f.Add("a\nb", "soon", int64(0))
	f.Add("eyJ.e30.x", "", int64(-1))
	f.Fuzz(func(t *testing.T, token, expires string, at int64) {
		now := time.Unix(at%(1<<40), 0)
		end, err := checkAccess(token, expires, now, now, time.Hour)
		if err == nil && (!goodToken(token) || !end.After(now) || end.Sub(now) > time.Hour+slack) {
			t.Errorf("%q until %s passes at %s", token, end, now)
		}
		target := helper.Target{Audience: "a", IncludeEmail: true}
		if _, err := checkID(token, target, "sa@p.com", now, now); err == nil {
			if c, err := parseClaims(token); err != nil || c.Email != "sa@p.com" || len(c.Audience) != 1 {
				t.Errorf("ID token %q passes", token)
			}
		}
		if checkSigned(token, expires) == nil && !json.Valid([]byte(expires)) {
			t.Errorf("signed %q passes for %q", token, expires)
		}
	})
}
