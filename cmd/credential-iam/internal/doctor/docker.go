package doctor

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// docker checks which docker there is, and what it does with a helper's error.
func docker(ctx context.Context, x *subject, r report) {
	path, err := x.LookPath("docker")
	if err != nil {
		r.add(Skipped, "docker", "", "there is no program docker on the PATH")
		return
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path
	}
	lower := strings.ToLower(filepath.ToSlash(real))
	if strings.HasPrefix(path, "/snap/") || strings.HasPrefix(lower, "/snap/") || strings.HasSuffix(lower, "/usr/bin/snap") {
		r.add(Warning, "docker", "sudo snap remove docker && sudo apt-get install docker.io", "%s is a snap: it finds neither docker-credential-iam on the PATH nor ~/.docker", path)
		return
	}
	said, err := x.SayVersion(ctx, path)
	if err != nil {
		r.add(Error, "docker", "", "%s: %v", path, err)
		return
	}
	var v dockerVersion
	if _, err := fmt.Sscanf(said, "Docker version %d.%d", &v.major, &v.minor); err != nil { // podman under docker's name
		r.add(OK, "docker", "", "%s (%s)", helper.OneLine(said, 80), path)
		return
	}
	desktop := ""
	if strings.Contains(lower, "docker desktop") || strings.Contains(lower, "/docker.app/") || strings.Contains(lower, "/mnt/wsl/docker-desktop") {
		desktop = "; it belongs to Docker Desktop, whose window has its own PATH"
	}
	if hides := v.hides(); hides != "" {
		r.add(Warning, "docker", upgrade(desktop != ""), "version %d.%d (%s): %s a helper's error, and the registry then denies what is asked for without a credential; the line of docker-credential-iam above that has the cause (docker 29 and later show it)%s", v.major, v.minor, path, hides, desktop)
		return
	}
	r.add(OK, "docker", "", "version %d.%d (%s)%s", v.major, v.minor, path, desktop)
}

// upgrade is the command that installs the newest docker. Where it belongs to Docker
// Desktop, that has a window to do so.
func upgrade(desktop bool) string {
	switch {
	case desktop:
		return "docker desktop update"
	case runtime.GOOS == "darwin":
		return "brew upgrade docker"
	case runtime.GOOS == "windows":
		return "winget upgrade --id Docker.DockerCLI"
	}
	return "curl -fsSL https://get.docker.com | sudo sh"
}

// dockerVersion is the version of docker's client, as far as it decides anything.
type dockerVersion struct{ major, minor int }

func (v dockerVersion) less(major, minor int) bool {
	return v.major < major || v.major == major && v.minor < minor
}

// hides says which commands of a client throw a helper's error away (docker/cli,
// cli/command/image: push until 28.5, pull until 29.0), or "".
func (v dockerVersion) hides() string {
	switch {
	case v.less(28, 5):
		return "docker push and pull hide"
	case v.less(29, 0):
		return "docker pull hides"
	}
	return ""
}
