package helper

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/wire"
)

// TestOutside undoes for our own programs what exec has changed, and nothing that
// somebody has changed since.
func TestOutside(t *testing.T) {
	path := filepath.Join(t.TempDir(), ExecFile)
	c := Changes{
		Set:    map[string]string{ADCVariable: path, "CLOUDSDK_CONFIG": "/run/inside", "GOOGLE_CLOUD_PROJECT": "p", ExecVariable: path},
		Before: map[string]string{ADCVariable: "/home/u/key.json", "CLOUDSDK_CORE_ACCOUNT": "u@example.com", "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT": ""},
	}
	if err := os.WriteFile(path, wire.Append(nil, ChangesField(&c)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		inside map[string]string
		want   map[string]string
	}{
		{"as exec made it", map[string]string{ADCVariable: path, ExecVariable: path, "CLOUDSDK_CONFIG": "/run/inside", "HOME": "/home/u"},
			map[string]string{ADCVariable: "/home/u/key.json", "CLOUDSDK_CONFIG": "", "CLOUDSDK_CORE_ACCOUNT": "u@example.com", "HOME": "/home/u", ExecVariable: ""}},
		{"the libraries' variable alone", map[string]string{ADCVariable: path},
			map[string]string{ADCVariable: "/home/u/key.json", "CLOUDSDK_CORE_ACCOUNT": "u@example.com"}},
		{"changed inside", map[string]string{ADCVariable: "/other.json", ExecVariable: path, "CLOUDSDK_CONFIG": "/other", "CLOUDSDK_CORE_ACCOUNT": "v@example.com"},
			map[string]string{ADCVariable: "/other.json", "CLOUDSDK_CONFIG": "/other", "CLOUDSDK_CORE_ACCOUNT": "v@example.com"}},
		{"outside", map[string]string{ADCVariable: "/home/u/key.json", "CLOUDSDK_CONFIG": "/run/inside"},
			map[string]string{ADCVariable: "/home/u/key.json", "CLOUDSDK_CONFIG": "/run/inside", "CLOUDSDK_CORE_ACCOUNT": ""}},
		{"a file that is called so nearly", map[string]string{ADCVariable: path + ".json"}, map[string]string{ADCVariable: path + ".json"}},
	} {
		env := SystemEnv("test", func(name string) string { return tt.inside[name] }, io.Discard)
		if env.Unknown != nil {
			t.Errorf("%s: %v", tt.name, env.Unknown)
		}
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

// TestOutsideUnknown has a program inside that cannot know who is outside. It must not
// take what is inside for that.
func TestOutsideUnknown(t *testing.T) {
	dir := t.TempDir()
	write := func(folder, content string, mode os.FileMode) string {
		path := filepath.Join(dir, folder, ExecFile)
		if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const good = `{"credential_iam":{"set":{"GCE_METADATA_HOST":"h"},"before":{}}}`
	one, two := write("one", good, 0o600), write("two", good, 0o600)
	type environ = map[string]string
	cases := map[string]struct {
		inside environ
		by     string // the variable that the error is about, "" for none
	}{
		"as it should be":                         {environ{ExecVariable: one, ADCVariable: one}, ""},
		"its own variable names nothing":          {environ{ExecVariable: "/gone", ADCVariable: one}, ExecVariable},
		"the file has gone":                       {environ{ExecVariable: "/no/" + ExecFile}, ExecVariable},
		"the file of the libraries' has gone":     {environ{ADCVariable: "/no/" + ExecFile}, ADCVariable},
		"the two are of two runs":                 {environ{ExecVariable: one, ADCVariable: two}, ExecVariable},
		"it is no JSON":                           {environ{ExecVariable: write("text", "x", 0o600)}, ExecVariable},
		"it is something else":                    {environ{ExecVariable: write("else", "{}", 0o600)}, ExecVariable},
		"it sets what exec does not":              {environ{ExecVariable: write("set", `{"credential_iam":{"set":{"GCE_METADATA_HOST":"h"},"before":{"DOCKER_CONFIG":"/evil"}}}`, 0o600)}, ExecVariable},
		"the same by the libraries' variable":     {environ{ADCVariable: write("set2", `{"credential_iam":{"set":{"PATH":"h"}}}`, 0o600)}, ADCVariable},
		"a file of the person's, outside of exec": {environ{ADCVariable: "/gone"}, ""},
	}
	if runtime.GOOS != "windows" {
		cases["others can change it"] = struct {
			inside environ
			by     string
		}{environ{ExecVariable: write("open", good, 0o666)}, ExecVariable}
	}
	if os.Geteuid() == 0 && runtime.GOOS != "windows" {
		path := write("foreign", good, 0o600)
		if err := os.Chown(path, 54321, 54321); err != nil {
			t.Fatal(err)
		}
		cases["it is somebody's"] = struct {
			inside environ
			by     string
		}{environ{ADCVariable: path}, ADCVariable}
	}
	for name, tt := range cases {
		env := SystemEnv("test", func(name string) string { return tt.inside[name] }, io.Discard)
		var e *Error
		switch {
		case tt.by == "" && env.Unknown != nil:
			t.Errorf("%s: %v", name, env.Unknown)
		case tt.by != "" && (!errors.As(env.Unknown, &e) || e.Code != InsideCode || e.Object != tt.by || e.Hint != UnsetExec(func(name string) string { return tt.inside[name] })):
			t.Errorf("%s: %v", name, env.Unknown)
		}
	}
}

// TestUnsetExec names all that exec has set and is still set, and nothing that may be the
// person's own.
func TestUnsetExec(t *testing.T) {
	const folder = "/run/user/1/credential-iam/run-1"
	for name, tt := range map[string]struct {
		inside map[string]string
		want   string
	}{
		"all": {map[string]string{
			ExecVariable: folder + "/" + ExecFile, ADCVariable: folder + "/" + ExecFile, "GCE_METADATA_HOST": "h", "GCE_METADATA_IP": "h", "GCE_METADATA_ROOT": "h",
			"METADATA_SERVER_DETECTION": "assume-present", "CLOUDSDK_CONFIG": folder + "/gcloud", "GOOGLE_CLOUD_PROJECT": "mine", "CLOUDSDK_CORE_PROJECT": "mine",
		}, "unset CREDENTIAL_IAM_EXEC GOOGLE_APPLICATION_CREDENTIALS GCE_METADATA_HOST GCE_METADATA_IP GCE_METADATA_ROOT METADATA_SERVER_DETECTION CLOUDSDK_CONFIG"},
		"the person's file and folder": {map[string]string{ExecVariable: folder + "/" + ExecFile, ADCVariable: "/home/me/key.json", "CLOUDSDK_CONFIG": "/home/me/gcloud"}, "unset CREDENTIAL_IAM_EXEC"},
		"the libraries' file alone":    {map[string]string{ADCVariable: folder + "/" + ExecFile, "CLOUDSDK_CONFIG": folder + "/gcloud"}, "unset GOOGLE_APPLICATION_CREDENTIALS CLOUDSDK_CONFIG"},
		"in a container":               {map[string]string{"GCE_METADATA_HOST": "h/s", "GCE_METADATA_ROOT": "h/s"}, "unset GCE_METADATA_HOST GCE_METADATA_ROOT"},
	} {
		got := UnsetExec(func(name string) string { return filepath.FromSlash(tt.inside[name]) })
		if want := yours().unset(strings.Fields(tt.want)[1:]); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got, want := (shell{windows: true}).unset([]string{"A", "B"}), "Remove-Item Env:A,Env:B (in cmd: set A=&set B=)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
