package services

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Packages is where the npm registry is below its host, with a stroke on both ends.
const Packages = "/proj/npm/"

// NPM starts an npm registry that has demo 1.0.0 and takes what is published.
func NPM(s *iamtest.Server, account string) (*Service, error) {
	content, err := tarred(map[string]string{
		"package/package.json": `{"name":"demo","version":"1.0.0","main":"index.js"}`,
		"package/index.js":     "module.exports = 'demo'\n",
	})
	if err != nil {
		return nil, err
	}
	sum := sha512.Sum512(content)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Packages+"demo", func(w http.ResponseWriter, r *http.Request) {
		say(w, object{"name": "demo", "dist-tags": object{"latest": "1.0.0"}, "versions": object{"1.0.0": object{
			"name": "demo", "version": "1.0.0", "dist": object{
				"tarball":   "https://" + r.Host + Packages + "demo/-/demo-1.0.0.tgz",
				"integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum[:]),
			},
		}}})
	})
	mux.HandleFunc("GET "+Packages+"demo/-/demo-1.0.0.tgz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
	mux.HandleFunc("PUT "+Packages+"{name}", func(w http.ResponseWriter, r *http.Request) {
		var document struct {
			Name     string         `json:"name"`
			Versions map[string]any `json:"versions"`
		}
		if err := json.NewDecoder(r.Body).Decode(&document); err != nil || document.Name != r.PathValue("name") || len(document.Versions) != 1 {
			http.Error(w, "not a package", http.StatusBadRequest)
			return
		}
		say(w, object{"ok": true})
	})
	return start(s, account, kind{challenge: `Bearer realm="npm"`, handler: mux})
}
