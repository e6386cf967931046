package services

import (
	"net/http"
	"strings"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Module is the module of the Terraform registry, below its host.
const Module = "team/demo/null"

// Terraform starts a registry of Terraform modules that has Module at 1.0.0. As the
// protocol has it, discovery and the archive itself are open to anybody.
func Terraform(s *iamtest.Server, account string) (*Service, error) {
	archive, err := zipped(map[string]string{"main.tf": "output \"demo\" {\n  value = \"demo\"\n}\n"})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/terraform.json", func(w http.ResponseWriter, _ *http.Request) {
		say(w, object{"modules.v1": "/v1/modules/"})
	})
	mux.HandleFunc("GET /v1/modules/"+Module+"/versions", func(w http.ResponseWriter, _ *http.Request) {
		say(w, object{"modules": []object{{"versions": []object{{"version": "1.0.0"}}}}})
	})
	mux.HandleFunc("GET /v1/modules/"+Module+"/1.0.0/download", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Terraform-Get", "/archive/demo.zip")
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /archive/demo.zip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/zip")
		_, _ = w.Write(archive)
	})
	open := func(r *http.Request) bool {
		return r.URL.Path == "/.well-known/terraform.json" || strings.HasPrefix(r.URL.Path, "/archive/")
	}
	return start(s, account, kind{challenge: "Bearer", open: open, handler: mux})
}
