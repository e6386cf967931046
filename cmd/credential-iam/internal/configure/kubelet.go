package configure

import (
	"path/filepath"
	"slices"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/source"
)

// Kubelet returns the configuration of kubelet's credential provider: for Google's
// registries and those that docker runs the helper for, with the variables that lead
// to this configuration and this source identity, since kubelet has no home folder.
func (w World) Kubelet() toolconfig.Kubelet {
	k := toolconfig.Kubelet{Images: []string{"*.pkg.dev", "gcr.io", "*.gcr.io"}}
	for _, name := range config.Load(w.Env).ServedByDocker() {
		if u, err := host.Typed().Read(name); err == nil && !u.Host.Registry() && !slices.Contains(k.Images, u.Host.String()) {
			k.Images = append(k.Images, u.Host.String())
		}
	}
	if path, err := filepath.Abs(config.Path(w.Env)); err == nil {
		k.Env = append(k.Env, [2]string{"DOCKER_CONFIG", filepath.Dir(path)})
	}
	if path := source.ADCFile(w.Env); path != "" {
		k.Env = append(k.Env, [2]string{source.Variable, path})
	}
	return k
}
