package keystore

// containerMark returns what says that this process runs in a container, or "".
//
// The keyring of a user belongs to a user id in a user namespace, and containers
// share both more often than not. Under a rootful engine they have the host's
// user ids. Under a rootless one their ids are mapped, but all containers of that
// engine live in its one user namespace. So a mapped id proves nothing, and
// every container is taken to share its user keyring.
func containerMark(getenv func(string) string, exists func(string) bool) string {
	for _, name := range []string{"KUBERNETES_SERVICE_HOST", "container"} {
		if getenv(name) != "" {
			return "$" + name
		}
	}
	for _, path := range []string{"/.dockerenv", "/run/.containerenv"} {
		if exists(path) {
			return path
		}
	}
	return ""
}
