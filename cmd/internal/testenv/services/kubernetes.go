package services

import (
	"net/http"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

type object = map[string]any

// Kubernetes starts the API server of a cluster: what kubectl asks before it asks
// anything, one namespace, and no secrets in the namespace default, where helm keeps
// its releases. As in a real one, /version is open to anybody: gcloud's kubectl asks
// for it without a token first, and after a refusal runs the plugin as if the token
// that it has not sent had been refused.
func Kubernetes(s *iamtest.Server, account string) (*Service, error) {
	mux := http.NewServeMux()
	for path, answer := range map[string]object{
		"/version": {"major": "1", "minor": "37", "gitVersion": "v1.37.0", "platform": "linux/amd64"},
		"/api":     {"kind": "APIVersions", "versions": []string{"v1"}},
		"/apis":    {"kind": "APIGroupList", "apiVersion": "v1", "groups": []object{}},
		"/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []object{
			{"name": "namespaces", "singularName": "namespace", "namespaced": false, "kind": "Namespace", "verbs": []string{"get", "list"}},
		}},
		"/api/v1/namespaces": {"kind": "NamespaceList", "apiVersion": "v1", "metadata": object{"resourceVersion": "1"}, "items": []object{
			{"kind": "Namespace", "apiVersion": "v1", "metadata": object{"name": "demo"}},
		}},
		"/api/v1/namespaces/default/secrets": {"kind": "SecretList", "apiVersion": "v1", "metadata": object{"resourceVersion": "1"}, "items": []object{}},
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { say(w, answer) })
	}
	open := func(r *http.Request) bool { return r.URL.Path == "/version" }
	return start(s, account, kind{challenge: "Bearer", open: open, handler: mux})
}
