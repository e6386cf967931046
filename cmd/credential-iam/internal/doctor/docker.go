package doctor

import (
	"context"
	"path/filepath"
	"strings"
)

// docker checks which docker there is, and what it takes before any helper.
func docker(_ context.Context, x *subject, r report) {
	path, err := x.LookPath("docker")
	if err != nil {
		r.add(Skipped, "docker", "", "there is no program docker on the PATH")
	} else {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			real = path
		}
		switch lower := strings.ToLower(filepath.ToSlash(real)); {
		case strings.HasPrefix(path, "/snap/"), strings.HasPrefix(lower, "/snap/"), strings.HasSuffix(lower, "/usr/bin/snap"):
			r.add(Warning, "docker", "sudo snap remove docker && sudo apt-get install docker.io", "%s is a snap: it finds neither docker-credential-iam on the PATH nor ~/.docker", path)
		case strings.Contains(lower, "docker desktop"), strings.Contains(lower, "/docker.app/"), strings.Contains(lower, "/mnt/wsl/docker-desktop"):
			r.add(OK, "docker", "", "%s belongs to Docker Desktop; this command line runs docker-credential-iam, but the Docker Desktop window has its own PATH", path)
		default:
			r.add(OK, "docker", "", "%s", path)
		}
	}
}
