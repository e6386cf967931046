package doctor

import (
	"context"
	"encoding/json"

	"github.com/credential-iam/credential-iam/helper"
)

// authConfig checks the variable that goes before every helper (docker 28.3).
func authConfig(_ context.Context, x *subject, r report) {
	value := x.Env.Getenv("DOCKER_AUTH_CONFIG")
	if value == "" {
		return
	}
	var c struct {
		Auths map[string]json.RawMessage `json:"auths"`
	}
	fix := helper.Unset("DOCKER_AUTH_CONFIG")
	if json.Unmarshal([]byte(value), &c) != nil {
		r.add(Warning, "DOCKER_AUTH_CONFIG", fix, "it is set, but is not JSON that docker can read")
		return
	}
	var ours []string
	for _, h := range x.hosts {
		if _, ok := c.Auths[h.name]; ok && h.docker {
			ours = append(ours, h.name)
		}
	}
	if len(ours) > 0 {
		r.add(Error, "DOCKER_AUTH_CONFIG", fix, "it has a credential for %s, which docker uses instead of docker-credential-iam", join(ours))
		return
	}
	r.add(Warning, "DOCKER_AUTH_CONFIG", fix, "it is set, and docker uses its credentials before any helper's")
}
