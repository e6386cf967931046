package services

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Crates is where the index of the cargo registry is below its host, with a stroke on
// both ends.
const Crates = "/index/"

// Cargo starts a cargo registry with a sparse index (RFC 2789) that has demo 1.0.0 and
// takes what is published.
func Cargo(s *iamtest.Server, account string) (*Service, error) {
	crate, err := tarred(map[string]string{
		"demo-1.0.0/Cargo.toml": "[package]\nname = \"demo\"\nversion = \"1.0.0\"\nedition = \"2021\"\n",
		"demo-1.0.0/src/lib.rs": "",
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Crates+"config.json", func(w http.ResponseWriter, r *http.Request) {
		say(w, object{"dl": "https://" + r.Host + "/crates", "api": "https://" + r.Host, "auth-required": true})
	})
	mux.HandleFunc("GET "+Crates+"de/mo/demo", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, "{\"name\":\"demo\",\"vers\":\"1.0.0\",\"deps\":[],\"cksum\":\"%x\",\"features\":{},\"yanked\":false}\n", sha256.Sum256(crate))
	})
	mux.HandleFunc("GET /crates/demo/1.0.0/download", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(crate) })
	mux.HandleFunc("PUT /api/v1/crates/new", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		say(w, object{"warnings": object{"invalid_categories": []string{}, "invalid_badges": []string{}, "other": []string{}}})
	})
	return start(s, account, kind{challenge: "Cargo", handler: mux})
}
