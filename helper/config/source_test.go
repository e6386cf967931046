package config

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/source"
)

// For a file that cannot be used, the error has who named it and what fixes that.
func TestSourceFileFix(t *testing.T) {
	const variable = "GOOGLE_APPLICATION_CREDENTIALS"
	key := func(w *world) string { return filepath.Join(w.home, "my key.json") }
	adc := func(w *world) string {
		return filepath.Join(w.home, ".config", "gcloud", "application_default_credentials.json")
	}
	edit := func(w *world) string { return "${EDITOR:-vi} " + filepath.Join(w.home, ".docker", "config.json") }
	unset := func(*world) string { return "unset " + variable }
	look := func(how string, path func(w *world) string) func(*world) string {
		return func(w *world) string { return how + helper.ShellWord(path(w)) }
	}
	configured := `{"plugins":{"iam@us-docker.pkg.dev":{"x":"a mistake"},"iam@gcr.io":{"source":"file:~/my key.json"}}}`
	byVariable := func(w *world) { w.vars[variable] = key(w) }
	open := look("${EDITOR:-vi} ", key)
	content := func(text string) func(w *world) {
		return func(w *world) { w.write("my key.json", text) }
	}
	folder := func(w *world) { w.write("my key.json/x", "") }
	text := func(w *world) { w.write("my key.json", "-----BEGIN") }
	for _, c := range []struct {
		name, config string
		setup        []func(w *world)
		flag         bool
		by           string
		fix          func(w *world) string
	}{
		{"variable, missing", "", []func(*world){byVariable}, false, variable, unset},
		{"variable, other content", "", []func(*world){byVariable, text}, false, variable, unset},
		{"variable, a folder", "", []func(*world){byVariable, folder}, false, variable, unset},
		{"variable, a tilde", "", []func(*world){func(w *world) { w.vars[variable] = "~/my key.json" }}, false, "~", func(w *world) string { return "export " + variable + "=" + helper.ShellWord(key(w)) }},
		{"variable, an unknown type", "", []func(*world){byVariable, func(w *world) { w.write("my key.json", `{"type":"new"}`) }}, false, variable, unset},
		{"variable, an OAuth client", "", []func(*world){byVariable, func(w *world) { w.write("my key.json", `{"installed":{}}`) }}, false, variable, unset},
		{"configuration, a comma too many", configured, []func(*world){content(`{"type":"authorized_user",}`)}, false, `my key.json": it is not a credential file`, open},
		{"configuration, a number for a text", configured, []func(*world){content(`{"type":"authorized_user","client_id":7}`)}, false, `my key.json": it is not a credential file`, open},
		{"configuration, no type", configured, []func(*world){content(`{"client_id":"x"}`)}, false, `my key.json": it has no type`, open},
		{"configuration, empty", configured, []func(*world){content("")}, false, `"source" in `, edit},
		{"configuration, an OAuth client", configured, []func(*world){content(`{"installed":{}}`)}, false, `"source" in `, edit},
		{"configuration, too large", configured, []func(*world){content(strings.Repeat(" ", 3<<20))}, false, `"source" in `, edit},
		{"variable, a comma too many", "", []func(*world){byVariable, content(`{"type":"authorized_user",}`)}, false, variable, open},
		{"flag, a comma too many", "", []func(*world){content(`{"type":"authorized_user",}`)}, true, "--source)", open},
		{"configuration, an unknown type", configured, []func(*world){func(w *world) { w.write("my key.json", `{"type":"new"}`) }}, false, `"source" in `, edit},
		{"configuration, missing", configured, nil, false, `"source" in `, edit},
		{"configuration, other content", configured, []func(*world){text}, false, `"source" in `, edit},
		{"configuration, a folder", configured, []func(*world){folder}, false, `"source" in `, look("ls -ld ", key)},
		{"flag, missing", `{"plugins":{"iam":{"source":"adc"}}}`, nil, true, "--source)", look("ls -l ", key)},
		{"flag, other content", "", []func(*world){text}, true, "--source)", look("ls -l ", key)},
		{"well-known file, other content", "", []func(*world){func(w *world) {
			w.write(".config/gcloud/application_default_credentials.json", "{")
		}}, false, "application default credentials", func(*world) string { return source.LoginADC }},
		{"well-known file, a folder", "", []func(*world){func(w *world) {
			w.remove()
			w.write(".config/gcloud/application_default_credentials.json/x", "")
		}}, false, "application default credentials", look("ls -ld ", adc)},
		{"nothing anywhere", `{"plugins":{"iam":{"serviceAccount":"source"}}}`, []func(*world){(*world).remove}, false, "", func(*world) string { return source.LoginADC }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.config)
			w.t = t
			for _, setup := range c.setup {
				setup(w)
			}
			_, err := w.resolve(host.Docker, "gcr.io")
			if c.flag {
				_, err = Load(w.env()).Command(context.Background(), map[string]string{"source": "file:" + key(w)}, nil)
			}
			if err == nil || !strings.HasSuffix(err.Error(), "; run: "+c.fix(w)) || !strings.Contains(err.Error(), c.by) {
				t.Errorf("got %v, want it to name %s and end in %q", err, c.by, c.fix(w))
			}
		})
	}
}
