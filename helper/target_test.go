package helper

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper/wire"
)

// leaves calls f with each member of a struct and of the structs in it.
func leaves(v reflect.Value, name string, f func(name string, v reflect.Value)) {
	for i := range v.NumField() {
		field := v.Field(i)
		path := name + v.Type().Field(i).Name
		if field.Kind() == reflect.Struct {
			leaves(field, path+".", f)
			continue
		}
		f(path, field)
	}
}

// change gives a member another value.
func change(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Slice:
		v.Set(reflect.ValueOf([]string{"x"}))
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"x": "y"}))
	default:
		t.Fatalf("%s: this test cannot change a %s", name, v.Kind())
	}
}

// TestEveryField changes each member of a target, whichever there are: each is
// part of the message to the core, and of the cache key unless it is one of the
// few that decide nothing about the token.
func TestEveryField(t *testing.T) {
	decidesNothing := []string{
		"Username", "OwnUsername", "RequestReason", "Keystore", "Source.Path", "Source.Name", "Source.From", "Source.Takes",
	}
	ofPlugins := []string{"Protocol", "Host", "Path", "Options"}
	for _, issuer := range []string{Google, "ecr"} {
		names := []string{}
		leaves(reflect.ValueOf(&Target{}).Elem(), "", func(name string, _ reflect.Value) { names = append(names, name) })
		for _, changed := range names {
			base, other := Target{Issuer: issuer, Token: Access}, Target{Issuer: issuer, Token: Access}
			leaves(reflect.ValueOf(&other).Elem(), "", func(name string, v reflect.Value) {
				if name == changed {
					change(t, name, v)
				}
			})
			if string(wire.Append(nil, base.Fields()...)) == string(wire.Append(nil, other.Fields()...)) {
				t.Errorf("%s is not in Target.Fields: neither the core nor the cache key knows it", changed)
			}
			nothing := slices.Contains(decidesNothing, changed) || issuer == Google && slices.Contains(ofPlugins, changed)
			if differs := base.Key() != other.Key(); differs == nothing {
				t.Errorf("issuer %s: %s makes another cache entry: %v, want %v", issuer, changed, differs, !nothing)
			}
		}
	}
}

// TestKey changes every field that decides a token, one at a time: each change
// is another entry, and what decides nothing is none.
func TestKey(t *testing.T) {
	base := Target{
		Protocol: "https", Host: "gcr.io", ServiceAccount: "a@p.iam.gserviceaccount.com", Delegates: []string{"b", "c"},
		Token: Access, Scopes: []string{"x", "y"}, Lifetime: time.Hour, Issuer: Google,
		Endpoint: "https://e/", UniverseDomain: "u", Source: Source{Kind: "file", Fingerprint: "f"},
	}
	id := base
	id.Token, id.Audience, id.IncludeEmail = ID, "aud", true
	plugin := base
	plugin.Issuer, plugin.Options = "ecr", map[string]string{"region": "r", "roleArn": "a"}
	with := func(from Target, f func(t *Target)) Target { f(&from); return from }
	different := map[string]Target{
		"base": base, "id": id, "plugin": plugin,
		"account":            with(base, func(t *Target) { t.ServiceAccount = "z@p.iam.gserviceaccount.com" }),
		"no account":         with(base, func(t *Target) { t.ServiceAccount, t.Delegates = "", nil }),
		"order":              with(base, func(t *Target) { t.Delegates = []string{"c", "b"} }),
		"joined":             with(base, func(t *Target) { t.Delegates = []string{"b\x00c"} }),
		"one delegate":       with(base, func(t *Target) { t.Delegates = []string{"b"} }),
		"scope":              with(base, func(t *Target) { t.Scopes = []string{"x"} }),
		"lifetime":           with(base, func(t *Target) { t.Lifetime = time.Minute }),
		"endpoint":           with(base, func(t *Target) { t.Endpoint = "https://f/" }),
		"universe":           with(base, func(t *Target) { t.UniverseDomain = "v" }),
		"source":             with(base, func(t *Target) { t.Source.Fingerprint = "g" }),
		"source kind":        with(base, func(t *Target) { t.Source.Kind = "keyring" }),
		"jwt":                with(id, func(t *Target) { t.Token = JWT }),
		"audience":           with(id, func(t *Target) { t.Audience = "aud2" }),
		"email":              with(id, func(t *Target) { t.IncludeEmail = false }),
		"another plugin":     with(plugin, func(t *Target) { t.Issuer = "acr" }),
		"plugin's host":      with(plugin, func(t *Target) { t.Host = "other" }),
		"plugin's option":    with(plugin, func(t *Target) { t.Options = map[string]string{"region": "s", "roleArn": "a"} }),
		"options swapped":    with(plugin, func(t *Target) { t.Options = map[string]string{"region": "a", "roleArn": "r"} }),
		"an option missing":  with(plugin, func(t *Target) { t.Options = map[string]string{"region": "r"} }),
		"quota project":      with(base, func(t *Target) { t.QuotaProject = "q" }),
		"metadata of no one": with(base, func(t *Target) { t.Source = Source{Kind: "metadata"} }),
	}
	seen := map[string]string{}
	for name, target := range different {
		key := string(target.Key())
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q share the entry %s", name, other, key)
		}
		seen[key] = name
		if digest := key[strings.LastIndexByte(key, '/')+1:]; len(digest) != 32 { // 128 bits
			t.Errorf("%q has the digest %q", name, digest)
		}
	}
	same := map[string]Target{
		"host":     with(base, func(t *Target) { t.Host = "us-docker.pkg.dev" }),
		"path":     with(base, func(t *Target) { t.Path = "x" }),
		"username": with(base, func(t *Target) { t.Username = "u" }),
		"keystore": with(base, func(t *Target) { t.Keystore = "none" }),
		"from":     with(base, func(t *Target) { t.Source.From, t.Source.Path = "elsewhere", "/p" }),
	}
	for name, target := range same {
		if target.Key() != base.Key() {
			t.Errorf("%s decides no token, but makes another entry", name)
		}
	}
}
