package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// TestEveryKey gives each key of the table another value than its default: it
// changes the target that answers, and the cache key too unless it decides nothing
// about the token.
func TestEveryKey(t *testing.T) {
	decidesNothing := []string{"username", "requestReason", "keystore", "fallback"}
	const account = `"serviceAccount":"a@p.iam.gserviceaccount.com"`
	samples := map[string]struct{ value, with string }{
		"serviceAccount": {"b@p.iam.gserviceaccount.com", account},
		"delegates":      {"d@p.iam.gserviceaccount.com", account},
		"token":          {"id", account},
		"scopes":         {"https://www.googleapis.com/auth/devstorage.read_only", account},
		"audience":       {"other", account + `,"token":"id"`},
		"includeEmail":   {"false", account + `,"token":"id"`},
		"lifetime":       {"15m", account},
		"source":         {"metadata", account},
		"issuer":         {"ecr", account},
		"username":       {"somebody", account},
		"endpoint":       {"https://iam.example.com/", account},
		"universeDomain": {"universe.example", account},
		"quotaProject":   {"billed", account},
		"requestReason":  {"because", account},
		"keystore":       {"none", account},
		"fallback":       {"pass", account},
	}
	for _, name := range KeyNames() {
		t.Run(name, func(t *testing.T) {
			c, ok := samples[name]
			if !ok {
				t.Fatal("this test has no value for the key")
			}
			base, err := newWorld(t, `{"plugins":{"iam":{`+c.with+`}}}`).resolve(host.Docker, "gcr.io")
			if err != nil {
				t.Fatal(err)
			}
			got, err := newWorld(t, `{"plugins":{"iam":{`+c.with+`,"`+name+`":"`+c.value+`"}}}`).resolve(host.Docker, "gcr.io")
			if err != nil {
				t.Fatal(err)
			}
			base.Source.Path, got.Source.Path = "", "" // each world has a folder of its own
			if same := reflect.DeepEqual(base, got); same != (name == fallbackKey) {
				t.Errorf("the target is the same: %v", same)
			}
			if same := base.Key() == got.Key(); same != slices.Contains(decidesNothing, name) {
				t.Errorf("the cache key is the same: %v", same)
			}
		})
	}
}

// What the environment and gcloud say is checked as the file's values are.
func TestOutsideValues(t *testing.T) {
	for i := range keys {
		k := &keys[i]
		if k.set == nil && k.name != "serviceAccount" {
			continue
		}
		for _, name := range k.variables {
			w := newWorld(t, "")
			w.vars[name] = "\x1b[2J"
			_, err := w.resolve(host.Docker, "gcr.io")
			if !refused(err, name) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if k.property != "" {
			w := newWorld(t, "")
			section, property, _ := strings.Cut(k.property, "/")
			w.write(".config/gcloud/configurations/config_default", "["+section+"]\n"+property+" = \x1b[2J\n")
			_, err := w.resolve(host.Docker, "gcr.io")
			if !refused(err, k.property) {
				t.Errorf("%s: got %v", k.property, err)
			}
		}
	}
}

// refused reports whether a value of the environment or gcloud was refused.
func refused(err error, name string) bool {
	return err != nil && helper.AsError(err).Code == "config" && helper.AsError(err).Object == name
}
