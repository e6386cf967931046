package config

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

func inBase64(s string) string {
	return strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(s)), "=")
}

// TestNotShown puts a credential itself where its path, or another name, is wanted:
// no error repeats it.
func TestNotShown(t *testing.T) {
	const mark = "geheim"
	for name, secret := range map[string]string{
		"key":             `{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\n` + mark + `"}`,
		"key on lines":    "{\n  \"type\": \"service_account\",\n  \"private_key\": \"" + mark + "\"\n}\n",
		"login":           `{"client_id":"` + mark + `"}`,
		"YAML":            "private_key: '" + mark,
		"PEM":             "-----BEGIN PRIVATE KEY-----" + mark,
		"access token":    "ya29.a0" + mark,
		"refresh token":   "1//0g" + mark,
		"ID token":        "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOiJ4In0." + mark,
		"key in base64":   "ewogICJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCIsCiAg" + mark,
		"client's secret": "GOCSPX-" + mark,
		"GitHub's":        "ghp_16C7e42F292c6912E7710c838347Ae178B4a" + mark,
		"GitHub's new":    "github_pat_11ABCDEFG0abcdefghijkl_" + mark,
		"GitLab's":        "https://oauth2:glpat-aBcDeFgHiJkLmNoPqRsT" + mark + "@gitlab.com",
		"in base64, {sp":  inBase64(`{ "type": "service_account", "private_key": "x" }`) + mark,
		"in base64, {nl":  inBase64("{\n\"type\": \"service_account\", \"private_key\": \"x\"}") + mark,
		"in base64, {cr":  inBase64("{\r\n  \"type\": \"service_account\", \"private_key\": \"x\"}") + mark,
		"in base64, {tab": inBase64("{\t\"type\": \"service_account\", \"private_key\": \"x\"}") + mark,
		"in base64, nl{":  inBase64("\n{\n \"type\": \"service_account\", \"private_key\": \"x\"}") + mark,
		"in base64, sp{":  inBase64("  {\"type\": \"service_account\", \"private_key\": \"x\"}") + mark,
		"in base64, BOM":  inBase64("\xef\xbb\xbf{\"type\": \"service_account\", \"private_key\": \"x\"}") + mark,
		"PEM in base64":   inBase64("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC") + mark,
		"for URLs":        strings.ReplaceAll(inBase64("{ \"a?\": \"service_account\", \"k~~\": \"x\"}"), "/", "_") + mark,
		"for URLs, a -":   strings.ReplaceAll(inBase64("{ \"a>>>>>>\": \"service_account\", \"k\": \"x\"}"), "+", "-") + mark,
		"Docker's":        "https://u:dckr_pat_aBcDeFgHiJkLmNoPqRs" + mark + "@docker.io",
		"in a word":       "tokenya29.a0" + mark,
		"two lines":       "line\n" + mark,
		"a carriage":      "line\r" + mark,
		"gzip in base64":  "H4sIAAAAAAAAA6tWKkktLlGyUlAqS8wpTVWqBQBZ" + mark,
		"first line":      "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj" + mark,
		"a line":          "aL4mXb3T1c0Fq8RzGpYdV5hNwKe7JtQuS2oIxM9EvBZlyA6f+CDWr/gH1jnUiPk0" + mark,
		"last line":       "Kq8RzGpYdV5hNwKe7JtQuS2oIxM9EvBZlyA6fZ0w==",
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
			"GOOGLE_CLOUD_UNIVERSE_DOMAIN": variable("GOOGLE_CLOUD_UNIVERSE_DOMAIN"), "DOCKER_CONFIG": variable("DOCKER_CONFIG"), "source": file("source", secret), "file:": file("source", "file:"+secret),
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
		"/var/lib/jenkins/workspace/ProjectName2/credentials/serviceAccountKey", "/nix/store/0c7mwnkrvqc1jg5z3b5zy8lfyi1j6q2w/key", "/mnt/1//key.json", "ghp_keys/ci",
		"0123456789abcdef0123456789abcdef0123456789abcdef", "serviceAccountKeyOfTheProductionEnvironment2024", "projects/p/locations/global/keyRings/K1/cryptoKeys/K2", "eyes/key.json", "/usr/share/icons/Adwaita/cursors/5c6cd98b3f3ebcb1f9c7f1c204630408", "file:/run/secrets/private_key.json", "client_secret", "keyring:refresh_token_1",
		"/Users/JohnAppleseed/Library/ApplicationSupport/gcloud/KeyOfProject1", "urn:ietf:params:oauth:token-type:jwt", "https://iamcredentials.googleapis.com/",
	} {
		if helper.LooksSecret(path) {
			t.Errorf("%q is a path", path)
		}
	}
}
