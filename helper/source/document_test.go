package source

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/wire/wiretest"
)

// A document may stand in an error or a log by mistake: no verb prints a secret of it.
func TestDocumentPrints(t *testing.T) {
	d, err := Parse([]byte(`{"type":"authorized_user","client_id":"a","client_secret":"hidden-s","refresh_token":"hidden-r"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, d); got != "credential document of type authorized_user" {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

// FuzzDocument holds what is read of a credential file beside what encoding/json
// reads into a struct, as Google's libraries do.
func FuzzDocument(f *testing.F) {
	for _, s := range wiretest.Seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, gotErr := Parse(raw)
		if gotErr != nil {
			return
		}
		var fields []reflect.StructField
		for m := range got.all {
			typ := reflect.TypeFor[*string]()
			switch m.form {
			case list:
				typ = reflect.TypeFor[[]string]()
			case object, inner:
				typ = reflect.TypeFor[map[string]any]()
			}
			fields = append(fields, reflect.StructField{Name: "F_" + m.name, Type: typ, Tag: reflect.StructTag(`json:"` + m.name + `"`)})
		}
		want := reflect.New(reflect.StructOf(fields))
		if err := json.Unmarshal(decode(raw), want.Interface()); err != nil {
			t.Fatalf("encoding/json says %v", err)
		}
		for i, m := range slices.Collect(got.all) {
			switch w := want.Elem().Field(i).Interface().(type) {
			case *string:
				if w == nil {
					w = new(string)
				}
				if got.Text(m.name) != *w {
					t.Errorf("%s is %q, want %q", m.name, got.Text(m.name), *w)
				}
			case []string:
				if !slices.Equal(got.List(m.name), w) {
					t.Errorf("%s is %q, want %q", m.name, got.List(m.name), w)
				}
			case map[string]any:
				if (w == nil) != (got.has(m.name) == nil) {
					t.Errorf("%s is %q, want %v", m.name, got.has(m.name), w)
				}
			}
		}
		// What is left out of a copy does not matter.
		again, err := Parse([]byte(got.Compact().Reveal()))
		if err != nil || ofType(got.Type) != nil && again.Fingerprint(Principal{}) != got.Fingerprint(Principal{}) {
			t.Errorf("the copy %s is another identity: %v", got.Compact().Reveal(), err)
		}
		if !SameHolder(got, got) {
			t.Error("it is not of its own holder")
		}
		_, _ = got.Subject()
	})
}

func TestFingerprint(t *testing.T) {
	print := func(doc string) string {
		d, err := Parse([]byte(doc))
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		return d.Fingerprint(Principal{})
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
	if _, err := Parse([]byte("no json")); err == nil {
		t.Error("no JSON, no error")
	}
}

// TestUnused has the members that count for nothing: a person meant something by them.
func TestUnused(t *testing.T) {
	for doc, want := range map[string]string{
		`{"type":"authorized_user","client_id":"c","refresh_token":"r","scopes":["a"],"rapt_token":"p","account":"","universe_domain":"x","quota_project_id":"q"}`: "",
		`{"type":"authorized_user","client_id":"c","refresh_token":"r","Quota_Project":"q","token_url":"u"}`:                                                       "Quota_Project token_url",
		`{"type":"service_account","project_id":"p","client_id":"1","auth_uri":"u","token_uri":"u","audience":"a","scopes":"s","subject":"me"}`:                    "scopes subject",
		`{"type":"external_account","token_uri":"u","delegates":[]}`:                                                                                               "token_uri delegates",
		`{"type":"impersonated_service_account","lifetime":"1h","source_credentials":{"type":"authorized_user","expires":1}}`:                                      "lifetime expires",
	} {
		d, err := Parse([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(d.Unused(), " "); got != want {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
}
