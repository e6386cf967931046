package source

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seeds are documents at the edges of what JSON and encoding/json allow.
var seeds = []string{
	``, ` `, `{}`, ` { } `, `null`, `[]`, `5`, `"x"`, `true`, "\xef\xbb\xbf{}", `{"a":1} x`, `{"a":1,}`, `{"a"}`, `{"plugins":`, `"\0`, `"\u12"`, `[tr `, "{\n\"a\": fals\x01", `-`,
	`{"plugins":{"iam":{"token":"id"}}}`, `{"Plugins":{"iam":{}},"plugins":{"iam@a.example":{"token":"id"}}}`,
	`{"plugins":{"iam":{"token":"id"}},"plugins":null,"PLUGINS":{"iam":{"token":"jwt"}}}`,
	`{"plugins":[],"credHelpers":{"a":"iam"}}`, `{"plugins":{"iam":null,"iam@h":[1,{"x":"}"}],"iam@i":"s"}}`,
	`{"credHelpers":{"a":"iam","a":5,"b":null,"\u0061":"x","c":"\ud800","d\\\"":"e"},"credsStore":"iam","CredſStore":"k"}`,
	`{"credsStore":"iam","credsstore":7}`, `{"credHelpers":true}`, "{\"credsStore\":\"\xff\u2028\"}", "{\"\xff\":\"a\",\"plugins\":{\"iam\\u0040h\":{\"token\":\"i\\u0064\"}}}",
	"\t{\r\n\"a\" : -1.5E+10 , \"b\":[[],{},\"]\"],\"credsStore\" :\"x\"}\n",
	`{"type":"authorized_user","client_id":"a","refresh_token":"b"}`,
	`{"type":"authorized_user","TYPE":null,"client_id":"a","Client_Id":"b","refresh_token":"\u0062"}`,
	`{"type":"service_account","client_email":"a@b","private_key_id":"c","token_uri":7}`,
	`{"type":"external_account","audience":"a","credential_source":{ "file" : "x\" y" },"service_account_impersonation_url":null}`,
	`{"type":"external_account","credential_source":null,"delegates":["a",null,5]}`,
	`{"type":"impersonated_service_account","delegates":["a","b"],"delegates":[null,"c"],"source_credentials":{"type":"authorized_user","client_id":"x"}}`,
	`{"type":"impersonated_service_account","delegates":null,"source_credentials":[]}`, `{"type":"impersonated_service_account"}`,
	`{"type":"\ud83d\ude00","universe_domain":"u","quota_project_id":"q"}`, `{"K":{"K":"{"},"tKpe":"x"}`,
}

// FuzzFingerprint holds what is read of a credential file beside what
// encoding/json reads into a struct, as Google's libraries do.
func FuzzFingerprint(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want struct {
			Type           string          `json:"type"`
			ClientID       string          `json:"client_id"`
			RefreshToken   string          `json:"refresh_token"`
			TokenURI       string          `json:"token_uri"`
			ClientEmail    string          `json:"client_email"`
			PrivateKeyID   string          `json:"private_key_id"`
			Audience       string          `json:"audience"`
			TokenURL       string          `json:"token_url"`
			SubjectType    string          `json:"subject_token_type"`
			Source         json.RawMessage `json:"credential_source"`
			Impersonation  string          `json:"service_account_impersonation_url"`
			WorkforceUser  string          `json:"workforce_pool_user_project"`
			Delegates      []string        `json:"delegates"`
			SourceDocument json.RawMessage `json:"source_credentials"`
			Universe       string          `json:"universe_domain"`
			QuotaProject   string          `json:"quota_project_id"`
		}
		err := json.Unmarshal(raw, &want)
		got, gotErr := parseDocument(raw)
		if (gotErr == nil) != (err == nil) {
			t.Fatalf("error %v, encoding/json says %v", gotErr, err)
		}
		if err != nil {
			return
		}
		g := []any{
			got.kind, got.clientID, got.refreshToken, got.tokenURI, got.clientEmail, got.privateKeyID, got.audience, got.tokenURL,
			got.subjectType, string(got.credentialSource), got.impersonation, got.workforceUser, got.delegates,
			string(got.sourceDocument), got.universe, got.quotaProject,
		}
		w := []any{
			want.Type, want.ClientID, want.RefreshToken, want.TokenURI, want.ClientEmail, want.PrivateKeyID, want.Audience, want.TokenURL,
			want.SubjectType, string(want.Source), want.Impersonation, want.WorkforceUser, want.Delegates,
			string(want.SourceDocument), want.Universe, want.QuotaProject,
		}
		if diff := cmp.Diff(w, g); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFingerprint(t *testing.T) {
	print := func(doc string) string {
		p, err := Fingerprint([]byte(doc))
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		return p
	}
	seen := map[string]string{}
	for _, doc := range []string{
		`{"type":"authorized_user","client_id":"c","refresh_token":"r"}`,
		`{"type":"authorized_user","client_id":"c","refresh_token":"r2"}`,
		`{"type":"authorized_user","client_id":"cr","refresh_token":""}`,
		`{"type":"service_account","client_email":"e","private_key_id":"1"}`,
		`{"type":"service_account","client_email":"e","private_key_id":"2"}`,
		`{"type":"external_account","audience":"a","credential_source":{"file":"/x"}}`,
		`{"type":"external_account","audience":"a","credential_source":{"file":"/y"}}`,
		`{"type":"external_account_authorized_user","audience":"a","refresh_token":"r"}`,
		`{"type":"impersonated_service_account","service_account_impersonation_url":"u","source_credentials":{"type":"authorized_user","refresh_token":"r"}}`,
		`{"type":"impersonated_service_account","service_account_impersonation_url":"u","source_credentials":{"type":"authorized_user","refresh_token":"r2"}}`,
		`{"type":"impersonated_service_account","service_account_impersonation_url":"u","delegates":["d"],"source_credentials":{"type":"authorized_user","refresh_token":"r"}}`,
		`{"type":"strange","x":1}`, `{"type":"strange","x":2}`,
	} {
		p := print(doc)
		if other, ok := seen[p]; ok {
			t.Errorf("%s and %s have one fingerprint", doc, other)
		}
		seen[p] = doc
	}
	a := print(`{"type":"external_account","audience":"a","credential_source":{"file":"/x","format":{"type":"text"}}}`)
	b := print("{\n\"credential_source\": {\"file\": \"/x\", \"format\": {\"type\": \"text\"}}, \"audience\":\"a\", \"type\":\"external_account\"}")
	if a != b {
		t.Error("white space and order made another identity")
	}
	if _, err := Fingerprint([]byte("no json")); err == nil {
		t.Error("no JSON, no error")
	}
}
