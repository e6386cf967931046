package helper

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/credential-iam/credential-iam/helper/wire"
)

// TestOutside undoes for our own programs what exec has changed, and nothing that
// somebody has changed since.
func TestOutside(t *testing.T) {
	path := filepath.Join(t.TempDir(), ExecFile)
	c := Changes{
		Set:    map[string]string{adcVariable: path, "CLOUDSDK_CONFIG": "/run/inside", "GOOGLE_CLOUD_PROJECT": "p", ExecVariable: path},
		Before: map[string]string{adcVariable: "/home/u/key.json", "CLOUDSDK_CORE_ACCOUNT": "u@example.com", "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT": ""},
	}
	if err := os.WriteFile(path, wire.Append(nil, ChangesField(&c)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		inside map[string]string
		want   map[string]string
	}{
		{"as exec made it", map[string]string{adcVariable: path, ExecVariable: path, "CLOUDSDK_CONFIG": "/run/inside", "HOME": "/home/u"},
			map[string]string{adcVariable: "/home/u/key.json", "CLOUDSDK_CONFIG": "", "CLOUDSDK_CORE_ACCOUNT": "u@example.com", "HOME": "/home/u", ExecVariable: ""}},
		{"the libraries' variable alone", map[string]string{adcVariable: path},
			map[string]string{adcVariable: "/home/u/key.json", "CLOUDSDK_CORE_ACCOUNT": "u@example.com"}},
		{"changed inside", map[string]string{adcVariable: "/other.json", ExecVariable: path, "CLOUDSDK_CONFIG": "/other", "CLOUDSDK_CORE_ACCOUNT": "v@example.com"},
			map[string]string{adcVariable: "/other.json", "CLOUDSDK_CONFIG": "/other", "CLOUDSDK_CORE_ACCOUNT": "v@example.com"}},
		{"outside", map[string]string{adcVariable: "/home/u/key.json", "CLOUDSDK_CONFIG": "/run/inside"},
			map[string]string{adcVariable: "/home/u/key.json", "CLOUDSDK_CONFIG": "/run/inside", "CLOUDSDK_CORE_ACCOUNT": ""}},
		{"the file has gone", map[string]string{adcVariable: "/no/" + ExecFile},
			map[string]string{adcVariable: "/no/" + ExecFile, "CLOUDSDK_CORE_ACCOUNT": ""}},
		{"a file that is called so nearly", map[string]string{adcVariable: path + ".json"}, map[string]string{adcVariable: path + ".json"}},
	} {
		env := SystemEnv("test", func(name string) string { return tt.inside[name] }, io.Discard)
		for name, want := range tt.want {
			if got := env.Getenv(name); got != want {
				t.Errorf("%s: %s = %q, want %q", tt.name, name, got, want)
			}
		}
	}
	if v, there := c.Outside("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", ""); v != "" || !there {
		t.Errorf("a variable that was empty and set: %q, %v", v, there)
	}
	if _, there := c.Outside("CLOUDSDK_CONFIG", "/run/inside"); there {
		t.Error("a variable that was not set is there")
	}
}
