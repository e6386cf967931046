package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/helper"
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

// FuzzParse holds what is read of docker's file beside what encoding/json reads
// into the structs that docker has.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Add([]byte(`{"plugins":{"iam":{"token":"id"}}} {"plugins":`))
	f.Add([]byte(`null5`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := Parse(helper.Env{}, "config.json", raw)
		var file struct {
			CredHelpers map[string]json.RawMessage `json:"credHelpers"`
			CredsStore  json.RawMessage            `json:"credsStore"`
			Plugins     map[string]json.RawMessage `json:"plugins"`
		}
		// As docker does; an empty file is an empty configuration.
		err := json.NewDecoder(bytes.NewReader(raw)).Decode(&file)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if (got.broken == nil) != (err == nil) {
			t.Fatalf("broken: %v, encoding/json says %v", got.broken, err)
		}
		if err != nil {
			return
		}
		store := ""
		_ = json.Unmarshal(file.CredsStore, &store)
		helpers := map[string]string{}
		for host, value := range file.CredHelpers {
			var suffix string
			if json.Unmarshal(value, &suffix) == nil {
				helpers[host] = suffix
			}
		}
		if diff := cmp.Diff(helpers, got.CredHelpers); diff != "" || store != got.CredsStore {
			t.Errorf("credsStore %q, want %q; credHelpers: %s", got.CredsStore, store, diff)
		}
		ours := 0
		for name, value := range file.Plugins {
			if s := got.sections[name]; s != nil {
				ours++
				compareSection(t, s, value)
			}
		}
		if ours != len(got.sections) {
			t.Errorf("%d sections, %d of them in the file", len(got.sections), ours)
		}
	})
}

// compareSection compares the values of a section, as far as they are strings.
func compareSection(t *testing.T, s *section, raw json.RawMessage) {
	t.Helper()
	if string(s.raw) != string(raw) {
		t.Errorf("section %q: %q, want %q", s.name, s.raw, raw)
	}
	var values map[string]json.RawMessage
	err := json.Unmarshal(raw, &values)
	want, odd := map[string]string{}, err != nil || values == nil
	for key, value := range values {
		var v *string
		if json.Unmarshal(value, &v) == nil && v != nil {
			want[key] = *v
		} else {
			odd = true
		}
	}
	s.read()
	if diff := cmp.Diff(want, s.values); diff != "" || odd && s.err == nil {
		t.Errorf("section %q: error %v, odd %t; values: %s", s.name, s.err, odd, diff)
	}
}
