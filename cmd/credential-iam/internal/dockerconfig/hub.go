package dockerconfig

import "slices"

// Hub reports whether a host is Docker Hub, by any of its names. No identity of
// Google's is for it, and docker asks for it by a URL that no section can have.
func Hub(host string) bool {
	return slices.Contains([]string{"docker.io", "index.docker.io", "registry-1.docker.io"}, host)
}
