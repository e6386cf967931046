package dockerconfig

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

func own(name string) bool { return name == "iam" || strings.HasPrefix(name, "iam@") }

// configureSome is an edit such as configure makes.
func configureSome(d *Document) {
	d.SetHelper("europe-docker.pkg.dev", "iam")
	d.SetKey("iam@europe-docker.pkg.dev", "serviceAccount", "a@p.iam.gserviceaccount.com")
	d.SetKey("iam@europe-docker.pkg.dev", "token", "access")
}

// unconfigureSome takes it back.
func unconfigureSome(d *Document) {
	d.RemoveHelper("europe-docker.pkg.dev", "iam")
	d.RemoveKeys("iam@europe-docker.pkg.dev", func(string) bool { return true })
}

// files are as people and programs leave them.
var files = map[string]string{
	"docker desktop": "{\n\t\"auths\": {\n\t\t\"https://index.docker.io/v1/\": {}\n\t},\n\t\"credsStore\": \"desktop\",\n\t\"currentContext\": \"desktop-linux\",\n\t\"plugins\": {\n\t\t\"-x-cli-hints\": {\n\t\t\t\"enabled\": \"true\"\n\t\t}\n\t},\n\t\"features\": {\n\t\t\"hooks\": \"true\"\n\t}\n}",
	"gcloud":         "{\n  \"credHelpers\": {\n    \"gcr.io\": \"gcloud\",\n    \"us.gcr.io\": \"gcloud\"\n  }\n}\n",
	"four spaces":    "{\n    \"auths\": {\n        \"ghcr.io\": {\n            \"auth\": \"dTpw\"\n        }\n    }\n}\n",
	"crlf":           "{\r\n  \"credsStore\": \"wincred\",\r\n  \"HttpHeaders\": {\r\n    \"X\": \"y\"\r\n  }\r\n}\r\n",
	"compact":        `{"auths":{"ghcr.io":{"auth":"dTpw"}},"credHelpers":{"gcr.io":"gcloud"}}`,
	"compact line":   "{\"auths\":{}}\n",
	"one line":       "{ \"auths\": {}, \"credHelpers\": { \"gcr.io\": \"gcloud\", \"x.io\": \"y\" } }\n",
	"mixed":          "{\n  \"credHelpers\": {\"gcr.io\": \"gcloud\"},\n  \"plugins\": {\"other\": {\"a\": \"b\"}}\n}\n",
	"object":         "{}\n",
	"bare object":    "{}",
	"unknown keys":   "{\n \"zeta\": [1, 2.50, {\"deep\": null}],\n \"auths\": {},\n \"alpha\": 1e3\n}\n",
	"odd spaces":     "\n{\n\t\"auths\" : { } ,\n\n\t\"x\" : 1\n\n}\n\n",
	"upper case":     "{\n\t\"CREDHELPERS\": {\n\t\t\"gcr.io\": \"gcloud\"\n\t}\n}",
	"duplicates":     "{\n\t\"credHelpers\": {\n\t\t\"a.io\": \"x\",\n\t\t\"a.io\": \"y\"\n\t},\n\t\"credhelpers\": {\n\t\t\"b.io\": \"z\"\n\t}\n}",
	"ours before":    "{\n\t\"credHelpers\": {\n\t\t\"gcr.io\": \"iam\"\n\t},\n\t\"plugins\": {\n\t\t\"iam\": {\n\t\t\t\"serviceAccount\": \"d@p.iam.gserviceaccount.com\"\n\t\t}\n\t}\n}",
	"escapes":        "{\"HttpHeaders\":{\"\\u0041\":\"\\u00e9\\/\"},\n\"auths\":{}}\n",
}

// emptied are texts with nothing in them but white space, which comes back.
var emptied = map[string]string{
	"a space": "{ }", "a space and a line end": "{ }\n", "spaces": "{\t  }", "two lines": "{\n}\n", "two lines, no end": "{\n}", "two lines of Windows": "{\r\n}\r\n",
	"blank line": "{\n\n}\n", "indented": "{\n  }\n", "an inner space": `{"credHelpers": { }, "plugins":{ }}`,
	"inner lines": "{\n\t\"credHelpers\": {\n\t},\n\t\"plugins\": { }\n}\n",
}

func TestRoundTrip(t *testing.T) {
	all := maps.Clone(files)
	maps.Copy(all, emptied)
	for name, text := range all {
		t.Run(name, func(t *testing.T) {
			d, err := Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(d.Bytes()); got != text {
				t.Fatalf("unedited text changed:\n%s", cmp.Diff(text, got))
			}
			configureSome(d)
			configured := string(d.Bytes())
			checkAdded(t, text, configured)

			d, err = Parse([]byte(configured))
			if err != nil {
				t.Fatalf("configured text: %v\n%s", err, configured)
			}
			configureSome(d)
			if got := string(d.Bytes()); got != configured {
				t.Errorf("a second run changed it:\n%s", cmp.Diff(configured, got))
			}
			unconfigureSome(d)
			if got := string(d.Bytes()); got != text {
				t.Errorf("not as before:\n%s", cmp.Diff(text, got))
			}
			if d.Vanishes() {
				t.Error("an existing file would be removed")
			}
		})
	}
}

// checkAdded checks that what docker and everybody else reads is what was there,
// and the edit.
func checkAdded(t *testing.T, before, after string) {
	t.Helper()
	old, now := decode(t, before), decode(t, after)
	helpers := merged(old, "credhelpers")
	helpers["europe-docker.pkg.dev"] = "iam"
	if diff := cmp.Diff(helpers, merged(now, "credhelpers")); diff != "" {
		t.Errorf("credHelpers:\n%s\n%s", diff, after)
	}
	sections := merged(old, "plugins")
	section := map[string]any{"serviceAccount": "a@p.iam.gserviceaccount.com", "token": "access"}
	if was, ok := sections["iam@europe-docker.pkg.dev"].(map[string]any); ok {
		for k, v := range was {
			if _, set := section[k]; !set {
				section[k] = v
			}
		}
	}
	sections["iam@europe-docker.pkg.dev"] = section
	if diff := cmp.Diff(sections, merged(now, "plugins")); diff != "" {
		t.Errorf("plugins:\n%s\n%s", diff, after)
	}
	rest := func(all map[string]any) map[string]any {
		m := map[string]any{}
		for k, v := range all {
			if !strings.EqualFold(k, "credHelpers") && !strings.EqualFold(k, "plugins") {
				m[k] = v
			}
		}
		return m
	}
	if diff := cmp.Diff(rest(old), rest(now)); diff != "" {
		t.Errorf("other keys:\n%s", diff)
	}
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	m := map[string]any{}
	if strings.TrimSpace(text) == "" {
		return m
	}
	// The first value alone, as docker reads it.
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&m); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	// Names that docker takes for one are merged by its own rules.
	var docker struct {
		CredHelpers map[string]any            `json:"credHelpers"`
		Plugins     map[string]map[string]any `json:"plugins"`
	}
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&docker); err != nil {
		t.Fatal(err)
	}
	m["credhelpers"] = docker.CredHelpers
	plugins := map[string]any{}
	for k, v := range docker.Plugins {
		plugins[k] = v
	}
	m["plugins"] = plugins
	return m
}

func merged(m map[string]any, name string) map[string]any {
	out := map[string]any{}
	if o, ok := m[name].(map[string]any); ok {
		for k, v := range o {
			out[k] = v
		}
	}
	return out
}

func TestLayout(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"no file", "", "{\n\t\"credHelpers\": {\n\t\t\"h.io\": \"iam\"\n\t},\n\t\"plugins\": {\n\t\t\"iam\": {\n\t\t\t\"token\": \"id\"\n\t\t}\n\t}\n}"},
		{"spaces", "{\n  \"auths\": {}\n}\n", "{\n  \"auths\": {},\n  \"credHelpers\": {\n    \"h.io\": \"iam\"\n  },\n  \"plugins\": {\n    \"iam\": {\n      \"token\": \"id\"\n    }\n  }\n}\n"},
		{"crlf", "{\r\n\t\"auths\": {}\r\n}\r\n", "{\r\n\t\"auths\": {},\r\n\t\"credHelpers\": {\r\n\t\t\"h.io\": \"iam\"\r\n\t},\r\n\t\"plugins\": {\r\n\t\t\"iam\": {\r\n\t\t\t\"token\": \"id\"\r\n\t\t}\r\n\t}\r\n}\r\n"},
		{"compact", `{"auths":{}}`, `{"auths":{},"credHelpers":{"h.io":"iam"},"plugins":{"iam":{"token":"id"}}}`},
		{"one line", "{ \"a\": 1, \"b\": 2 }\n", "{ \"a\": 1, \"b\": 2, \"credHelpers\": {\"h.io\": \"iam\"}, \"plugins\": {\"iam\": {\"token\": \"id\"}} }\n"},
		{"inner line", "{\n  \"credHelpers\": {\"x\": \"y\"},\n  \"plugins\": {\"o\": {}}\n}", "{\n  \"credHelpers\": {\"x\": \"y\", \"h.io\": \"iam\"},\n  \"plugins\": {\"o\": {}, \"iam\": {\"token\": \"id\"}}\n}"},
		{"case", "{\"CredHELPERS\":{}}", "{\"CredHELPERS\":{\"h.io\":\"iam\"},\"plugins\":{\"iam\":{\"token\":\"id\"}}}"},
		{"null", "{\"credHelpers\":null,\"plugins\":{\"iam\":null}}", "{\"credHelpers\":{\"h.io\":\"iam\"},\"plugins\":{\"iam\":{\"token\":\"id\"}}}"},
		{"other helper", "{\"credHelpers\":{\"h.io\":\"gcloud\"}}", "{\"credHelpers\":{\"h.io\":\"iam\"},\"plugins\":{\"iam\":{\"token\":\"id\"}}}"},
		{"second of two", "{\"credHelpers\":{\"h.io\":\"a\",\"h.io\":\"b\"},\"plugins\":{\"iam\":{\"token\":\"id\"}}}", "{\"credHelpers\":{\"h.io\":\"a\",\"h.io\":\"iam\"},\"plugins\":{\"iam\":{\"token\":\"id\"}}}"},
		{"white space", "\n", "{\n\t\"credHelpers\": {\n\t\t\"h.io\": \"iam\"\n\t},\n\t\"plugins\": {\n\t\t\"iam\": {\n\t\t\t\"token\": \"id\"\n\t\t}\n\t}\n}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Parse([]byte(c.before))
			if err != nil {
				t.Fatal(err)
			}
			d.SetHelper("h.io", "iam")
			d.SetKey("iam", "token", "id")
			if diff := cmp.Diff(c.after, string(d.Bytes())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRefused has files that are not edited; of what is not JSON the adapters say the
// same.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"bom", "\xef\xbb\xbf{}", "line 1, column 1: "},
		{"comment", "{\n  // mine\n}", "line 2, column 3"},
		{"trailing comma", "{\n\t\"auths\": {},\n}", "line 3, column 1"},
		{"cut", "{\"auths\": {", "line 1, column 12"},
		{"array", "[]", "JSON array"},
		{"null", "null", "JSON null"},
		{"number in a section", "{\n\t\"plugins\": {\n\t\t\"iam\": {\"n\": 1}\n\t}\n}", `line 3, column 16: plugins["iam"]: n is a JSON number`},
		{"object as a helper", "{\"credHelpers\":{\"h\":{}}}", `line 1, column 21: credHelpers["h"] is a JSON object`},
		{"boolean in another's section", "{\"plugins\":{\"x\":{\"enabled\":true}}}", `line 1, column 28: plugins["x"]: enabled is a JSON boolean`},
		{"string as plugins", "{\"plugins\":\"iam\"}", "line 1, column 12: plugins is a JSON string"},
		{"the second key", `{"plugins":{"iam@h.io":{"token":"id","lifetime":3600}}}`, `line 1, column 49: plugins["iam@h.io"]: lifetime is a JSON number`},
		{"element", `{"pruneFilters":["a",1]}`, "line 1, column 22: pruneFilters is a JSON number"},
		{"array as auths", "{\"auths\":[]}", "line 1, column 10: auths is a JSON array"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			broken := config.Parse(helper.Env{}, "config.json", []byte(c.text)).Broken()
			if !json.Valid([]byte(c.text)) && (broken == nil || !strings.Contains(broken.Error(), err.Error())) {
				t.Errorf("the adapters say %v, and configure %v", broken, err)
			}
		})
	}
}

// TestRest has text behind the object, which docker does not look at: it is kept,
// and hidden from people.
func TestRest(t *testing.T) {
	d, err := Parse([]byte("{\"credHelpers\": {}}\n} geheim {"))
	if err != nil {
		t.Fatal(err)
	}
	d.SetHelper("h.io", "iam")
	d.SetKey("iam", "token", "id")
	const want = "{\"credHelpers\": {\"h.io\": \"iam\"}, \"plugins\": {\"iam\": {\"token\": \"id\"}}}\n} geheim {"
	if got := string(d.Bytes()); got != want || d.Helpers()["h.io"] != "iam" || d.Section("iam")["token"] != "id" {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(d.Redacted(config.IsSection)); strings.Contains(got, "geheim") || !strings.Contains(got, "REDACTED") {
		t.Errorf("redacted: %s", got)
	}
}

func TestRemove(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"first of three", `{"credHelpers":{"h.io":"iam","b":"x","c":"y"}}`, `{"credHelpers":{"b":"x","c":"y"}}`},
		{"middle", "{\"credHelpers\": {\"a\": \"x\" , \"h.io\": \"iam\" , \"c\": \"y\"}}", "{\"credHelpers\": {\"a\": \"x\" , \"c\": \"y\"}}"},
		{"last with odd spaces", "{\"credHelpers\": {\"a\": \"x\" , \"h.io\": \"iam\" }}", "{\"credHelpers\": {\"a\": \"x\" }}"},
		{"another's", `{"credHelpers":{"h.io":"gcloud"}}`, `{"credHelpers":{"h.io":"gcloud"}}`},
		{"hidden one comes to light", `{"credHelpers":{"h.io":"gcloud"},"CREDHELPERS":{"h.io":"iam"}}`, `{"credHelpers":{"h.io":"gcloud"}}`},
		{"kept key", `{"plugins":{"iam":{"token":"id","keystore":"none"}}}`, `{"plugins":{"iam":{"keystore":"none"}}}`},
		{"all", `{"credHelpers":{"h.io":"iam"},"plugins":{"iam":{"token":"id"}}}`, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Parse([]byte(c.before))
			if err != nil {
				t.Fatal(err)
			}
			d.RemoveHelper("h.io", "iam")
			d.RemoveKeys("iam", func(key string) bool { return key == "token" })
			if got := string(d.Bytes()); got != c.after {
				t.Errorf("got %s, want %s", got, c.after)
			}
		})
	}
}

func TestRedacted(t *testing.T) {
	const text = `{"auths":{"h.io":{"auth":"c2VjcmV0","x":["c2VjcmV0"]}},"HttpHeaders":{"A":"c2VjcmV0"},"new":7654321,"psFormat":"table {{.ID}}","statsFormat":"ya29.c2VjcmV0","currentContext":"remote","experimental":"enabled","credHelpers":{"h.io":"iam"},"plugins":{"iam":{"token":"id"},"other":{"key":"c2VjcmV0"}}}`
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got := string(d.Redacted(own))
	if strings.Contains(got, "c2VjcmV0") || strings.Contains(got, "7654321") {
		t.Errorf("a secret is shown: %s", got)
	}
	for _, want := range []string{`"h.io":"iam"`, `"token":"id"`, `"psFormat":"table {{.ID}}"`, `"currentContext":"remote"`, `"experimental":"enabled"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	if string(d.Bytes()) != text {
		t.Error("the document was changed")
	}
}

func FuzzEdit(f *testing.F) {
	for _, text := range files {
		f.Add(text)
	}
	f.Add("{\"plugins\":{\"iam\":{},\"iam\":null},\"PLUGINS\":null}")
	f.Add("{\"credHelpers\":{\"europe-docker.pkg.dev\":\"gcloud\"},\"a\":1,\"a\":2}")
	f.Add("{ }00")
	f.Add("{\"plugin\u017f\":{\"x\":{\"y\":\"z\"}}}")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse([]byte(text))
		if err != nil {
			return
		}
		configureSome(d)
		once := string(d.Bytes())
		checkAdded(t, text, once)
		d, err = Parse([]byte(once))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, once)
		}
		configureSome(d)
		if got := string(d.Bytes()); got != once {
			t.Fatalf("a second run changed\n%s\nto\n%s", once, got)
		}
		unconfigureSome(d)
		if _, err := Parse(d.Bytes()); err != nil {
			t.Fatalf("what unconfigure wrote cannot be read: %v\n%s", err, d.Bytes())
		}
		if d.Helpers()["europe-docker.pkg.dev"] == "iam" || len(d.Section("iam@europe-docker.pkg.dev")) > 0 {
			t.Fatalf("not taken back: %s", d.Bytes())
		}
	})
}

// TestConsents asks a section and that of its host, and no other.
func TestConsents(t *testing.T) {
	d, err := Parse([]byte(`{"plugins":{"iam":{"token":"id"},"iam@a.io":{"token":"id"},"iam@b.io":{"issuer":"ecr"},
		"iam@c.io":{"serviceAccount":"x"},"iam@d.io/team":{"token":"jwt"},"iam@e.io":{"token":""}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for section, want := range map[string]bool{
		"iam@a.io": true, "iam@a.io/team": true, "iam@b.io": true, "iam@c.io": false, "iam@c.io/team": false,
		"iam@d.io/team": true, "iam@d.io": false, "iam@d.io/other": false, "iam@e.io": false, "iam@none.io": false,
	} {
		if got := d.Consents(section); got != want {
			t.Errorf("%s: %v", section, got)
		}
	}
}
