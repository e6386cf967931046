package configure

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/source"
)

// Findings are what a person probably wants to configure.
type Findings struct {
	// Account is the service account that is configured or that gcloud
	// impersonates, by way of Delegates, which are comma-separated; Caller is gcloud's
	// own account, Project its project.
	Account, Delegates, Caller, Project string
	// Registries and GitHosts are hosts of Google's that are in use here.
	Registries, GitHosts []string
	// Taken are those of them that another helper answers, with its name.
	Taken map[string]string
}

// peers are the helpers of Google's own that answer the same registries.
var peers = []string{"gcloud", "gcr"}

// Discover looks at docker's file, gcloud's configuration, and git's with the remotes
// of the repository in dir. It makes no call.
func (w World) Discover(ctx context.Context, dir string) Findings {
	f := Findings{Taken: map[string]string{}}
	f.fromDocker(w)
	f.fromGcloud(w)
	f.fromGit(ctx, w, dir)
	for _, list := range []*[]string{&f.Registries, &f.GitHosts} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return f
}

func (f *Findings) fromDocker(w World) {
	f.Account = config.Load(w.Env).Account()
	file, err := files.Read(config.Path(w.Env))
	if err != nil {
		return
	}
	d, err := dockerconfig.Parse(file.Raw)
	if err != nil {
		return
	}
	helpers := d.Helpers()
	for _, name := range slices.Sorted(maps.Keys(helpers)) {
		h, _, err := dockerHost(name)
		if err != nil || !h.likely() {
			continue
		}
		switch suffix := helpers[name]; {
		case suffix == config.Name:
			f.Registries = append(f.Registries, h.name)
		case slices.Contains(peers, suffix):
			f.Registries = append(f.Registries, h.name)
			f.Taken[h.name] = suffix
		}
	}
	for name := range d.Logins() {
		if h, _, err := dockerHost(name); err == nil && h.likely() {
			f.Registries = append(f.Registries, h.name)
		}
	}
}

func (f *Findings) fromGcloud(w World) {
	g := source.ReadGcloud(w.Env).Properties
	f.Caller, f.Project = g["core/account"], g["core/project"]
	chain := strings.Split(strings.ReplaceAll(g["auth/impersonate_service_account"], " ", ""), ",")
	if last := len(chain) - 1; f.Account == "" || f.Account == chain[last] {
		f.Account, f.Delegates = chain[last], strings.Join(chain[:last], ",")
	}
	for _, key := range []string{"artifacts/location", "compute/region"} {
		if location := g[key]; location != "" && len(f.Registries) == 0 {
			h, err := readPlace(host.Docker, location+"-docker.pkg.dev")
			if err == nil && h.likely() {
				f.Registries = append(f.Registries, h.name)
			}
		}
	}
}
