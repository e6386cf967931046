package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire/wiretest"
)

// FuzzParse holds what is read of docker's file beside what encoding/json reads
// into the structs that docker has.
func FuzzParse(f *testing.F) {
	for _, s := range wiretest.Seeds() {
		f.Add([]byte(s))
	}
	f.Add([]byte(`{"plugins":{"iam":{"token":"id"}}} {"plugins":`))
	f.Add([]byte(`null5`))
	f.Add([]byte("\v"))
	f.Add([]byte(`{"iAm":""}`)) // which we refuse, and docker would drop
	f.Add([]byte(`{"plugins":{"iam@a.b":{"token":"id"},"iam@\u0061.b":{},"iam@a.b":{"token":"jwt"}},"plugins":{"iam@a.b":1}}`))
	f.Add([]byte(`{"plugins":{"iam@a.b":{"token":"id"}},"plugins":null,"Plugins":{"iam@a.b":[],"\u0069am@a.b":{}}}`))
	f.Add([]byte(`{"plugins":{"iam@a.b":{},"iam@a..b":{},"iam@a.b.":{},"iam@.a":{},"iam@-a":{},"iam@":{},"iam@A":{},"iam@a:443":{}}}`))
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
		var names map[string]json.RawMessage
		_ = json.NewDecoder(bytes.NewReader(raw)).Decode(&names)
		for name := range names {
			if err == nil && nearMiss(name) {
				if got.broken == nil {
					t.Fatalf("%q beside plugins is passed over", name)
				}
				return
			}
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
		if diff := cmp.Diff(helpers, got.CredHelpers()); diff != "" || store != got.CredsStore {
			t.Errorf("credsStore %q, want %q; credHelpers: %s", got.CredsStore, store, diff)
		}
		for name := range file.Plugins { // one at a time, before all are read
			if s := got.section(name); s != nil {
				compareSection(t, s, file.Plugins[name])
			}
		}
		sections, ours := got.all(), 0
		for name, value := range file.Plugins {
			if s := sections[name]; s != nil {
				ours++
				compareSection(t, s, value)
			}
		}
		if ours != len(sections) {
			t.Errorf("%d sections, %d of them in the file", len(sections), ours)
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
