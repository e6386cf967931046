package configure

import (
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// urls returns the servers of a request, each once.
func (j *job) urls() []string {
	var all []string
	for _, h := range j.hosts() {
		if url := h.url(); !slices.Contains(all, url) {
			all = append(all, url)
		}
	}
	return all
}

// next returns the command by which a person sees that it works. Without a host, in the
// request or in the configuration that is there now, there is nothing to see yet.
func (j *job) next(c *config.Config) string {
	switch {
	case j.System:
		return "credential-iam doctor (as each person)"
	case len(j.docker) > 0:
		h := j.docker[0]
		image := h.name + "/PROJECT/REPOSITORY/IMAGE"
		if !strings.HasSuffix(h.name, ".pkg.dev") {
			image = h.name + "/PROJECT/IMAGE"
		}
		return "docker push " + image
	case len(j.git) > 0 && j.git[0].Pattern.Stars() == 0:
		return "git clone " + helper.ShellWord(j.git[0].url()+"/REPOSITORY")
	case len(j.Tools["kube"]) > 0:
		return "kubectl --context " + helper.ShellWord(j.Tools["kube"][0]) + " get namespaces"
	case len(j.Tools["pnpm"]) > 0:
		return "pnpm install"
	case len(j.Tools["cargo"]) > 0:
		return "cargo fetch"
	case len(j.Tools["bazel"]) > 0:
		return "bazel build //..."
	case len(j.hosts())+len(j.Tools) == 0 && j.KubeletFile == "" && !namesHost(c):
		return "credential-iam configure --docker HOST --git URL"
	}
	return "credential-iam status"
}

// namesHost reports whether docker or a section names a host.
func namesHost(c *config.Config) bool {
	return len(c.ServedByDocker()) > 0 || slices.ContainsFunc(c.Sections(), func(name string) bool { return name != config.Name })
}
