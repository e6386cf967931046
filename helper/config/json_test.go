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
