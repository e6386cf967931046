// Package clients tests the programs with the clients that people have: a real
// Docker engine, buildx and compose, skopeo, podman, buildah, crane and oras,
// and real git with its extensions. It holds nothing but tests.
//
// Each test has a home folder, a stand-in for Google, a registry and git servers
// of its own, all on loopback. The clients find the helpers as they would on a
// person's machine, through ~/.docker/config.json, git's configuration and the
// PATH, and the servers tell whom they took the caller for.
//
// A client that this machine does not have is skipped, or is a failure where
// everything must be there (see the package parts).
package clients
