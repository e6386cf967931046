package config

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// TestNotShown puts a credential itself where its path, or another name, is wanted:
// no error repeats it.
func TestNotShown(t *testing.T) {
	const mark = "geheim"
	for name, secret := range map[string]string{
		"key":             `{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\n` + mark + `"}`,
		"key on lines":    "{\n  \"type\": \"service_account\",\n  \"private_key\": \"" + mark + "\"\n}\n",
		"login":           `{"client_id":"` + mark + `"}`,
		"PEM":             "-----BEGIN PRIVATE KEY-----" + mark,
		"access token":    "ya29.a0" + mark,
		"refresh token":   "1//0g" + mark,
		"ID token":        "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOiJ4In0." + mark,
		"key in base64":   "ewogICJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCIsCiAg" + mark,
		"client's secret": "GOCSPX-" + mark,
	} {
		if !helper.LooksSecret(secret) {
			t.Errorf("%s is not seen to be one", name)
		}
		quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
		file := func(key, value string) *world {
			return newWorld(t, `{"plugins":{"iam":{"serviceAccount":"source"},"iam@gcr.io":{`+quoted(key)+`:`+quoted(value)+`}}}`)
		}
		variable := func(name string) *world {
			w := newWorld(t, `{"plugins":{"iam@gcr.io":{"lifetime":"1h"}}}`)
			w.vars[name] = secret
			return w
		}
		for place, w := range map[string]*world{
			"GOOGLE_APPLICATION_CREDENTIALS": variable("GOOGLE_APPLICATION_CREDENTIALS"), "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT": variable("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"),
			"GOOGLE_CLOUD_UNIVERSE_DOMAIN": variable("GOOGLE_CLOUD_UNIVERSE_DOMAIN"), "source": file("source", secret), "file:": file("source", "file:"+secret),
			"keyring:": file("source", "keyring:"+secret), "serviceAccount": file("serviceAccount", secret), "delegates": file("delegates", secret),
			"keystore": file("keystore", secret), "endpoint": file("endpoint", secret), "lifetime": file("lifetime", secret),
		} {
			_, err := w.resolve(host.Docker, "gcr.io")
			if err == nil || strings.Contains(err.Error(), mark) {
				t.Errorf("%s in %s: got %v", name, place, err)
			}
		}
		if err := CheckValue("source", "file:"+secret); err == nil || strings.Contains(err.Error(), mark) {
			t.Errorf("%s: CheckValue says %v", name, err)
		}
	}
	for _, path := range []string{
		"/home/u/.config/gcloud/application_default_credentials.json", "file:/var/run/secrets/tokens/gcp-ksa.json", "keyring:ci", "~/key {1}.json", `C:\\Users\\u\\key.json`, "deployer@p.iam.gserviceaccount.com",
	} {
		if helper.LooksSecret(path) {
			t.Errorf("%q is a path", path)
		}
	}
}
