package keystore

import (
	"errors"
	"slices"
	"testing"
)

func TestContainerMark(t *testing.T) {
	for _, c := range []struct {
		name, env, file string
		pid             uint64
		err             error
		want            string
	}{
		{"a machine", "", "", initialPID, nil, ""},
		{"kubernetes", "KUBERNETES_SERVICE_HOST", "", initialPID, nil, "$KUBERNETES_SERVICE_HOST"},
		{"podman", "container", "/run/.containerenv", 1, nil, "$container"},
		{"buildah", "", "/run/.containerenv", 1, nil, "/run/.containerenv"},
		{"docker", "", "/.dockerenv", 1, nil, "/.dockerenv"},
		{"containerd, by sudo", "", "", 4026532001, nil, "a process id namespace of its own"},
		{"no proc", "", "", 0, errors.New("no such file"), "its process id namespace cannot be seen"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stats []string
			w := world{
				getenv: func(name string) string {
					if name == c.env {
						return "x"
					}
					return ""
				},
				exists:       func(path string) bool { stats = append(stats, path); return path == c.file },
				pidNamespace: func() (uint64, error) { return c.pid, c.err },
			}
			if got := w.containerMark(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if len(stats) > 2 || !slices.IsSorted(stats) {
				t.Errorf("asked for %v", stats)
			}
		})
	}
}
