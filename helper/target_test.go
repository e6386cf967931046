package helper

import (
	"testing"
	"time"
)

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
	change := func(from Target, f func(t *Target)) Target { f(&from); return from }
	different := map[string]Target{
		"base": base, "id": id, "plugin": plugin,
		"account":            change(base, func(t *Target) { t.ServiceAccount = "z@p.iam.gserviceaccount.com" }),
		"no account":         change(base, func(t *Target) { t.ServiceAccount, t.Delegates = "", nil }),
		"order":              change(base, func(t *Target) { t.Delegates = []string{"c", "b"} }),
		"joined":             change(base, func(t *Target) { t.Delegates = []string{"b\x00c"} }),
		"one delegate":       change(base, func(t *Target) { t.Delegates = []string{"b"} }),
		"scope":              change(base, func(t *Target) { t.Scopes = []string{"x"} }),
		"lifetime":           change(base, func(t *Target) { t.Lifetime = time.Minute }),
		"endpoint":           change(base, func(t *Target) { t.Endpoint = "https://f/" }),
		"universe":           change(base, func(t *Target) { t.UniverseDomain = "v" }),
		"source":             change(base, func(t *Target) { t.Source.Fingerprint = "g" }),
		"source kind":        change(base, func(t *Target) { t.Source.Kind = "keyring" }),
		"jwt":                change(id, func(t *Target) { t.Token = JWT }),
		"audience":           change(id, func(t *Target) { t.Audience = "aud2" }),
		"email":              change(id, func(t *Target) { t.IncludeEmail = false }),
		"another plugin":     change(plugin, func(t *Target) { t.Issuer = "acr" }),
		"plugin's host":      change(plugin, func(t *Target) { t.Host = "other" }),
		"plugin's option":    change(plugin, func(t *Target) { t.Options = map[string]string{"region": "s", "roleArn": "a"} }),
		"options swapped":    change(plugin, func(t *Target) { t.Options = map[string]string{"region": "a", "roleArn": "r"} }),
		"an option missing":  change(plugin, func(t *Target) { t.Options = map[string]string{"region": "r"} }),
		"quota project":      change(base, func(t *Target) { t.QuotaProject = "q" }),
		"metadata of no one": change(base, func(t *Target) { t.Source = Source{Kind: "metadata"} }),
	}
	seen := map[string]string{}
	for name, target := range different {
		key := string(target.Key())
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q share the entry %s", name, other, key)
		}
		seen[key] = name
	}
	same := map[string]Target{
		"host":     change(base, func(t *Target) { t.Host = "us-docker.pkg.dev" }),
		"path":     change(base, func(t *Target) { t.Path = "x" }),
		"username": change(base, func(t *Target) { t.Username = "u" }),
		"keystore": change(base, func(t *Target) { t.Keystore = "none" }),
		"from":     change(base, func(t *Target) { t.Source.From, t.Source.Path = "elsewhere", "/p" }),
	}
	for name, target := range same {
		if target.Key() != base.Key() {
			t.Errorf("%s decides no token, but makes another entry", name)
		}
	}
}
