package doctor

import (
	"context"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// spelling finds entries that docker never matches: it compares the host of an
// image letter by letter.
func spelling(_ context.Context, x *subject, r report) {
	for _, name := range x.config.ServedByDocker() {
		if _, ok := host.Parse("https", name); !ok {
			bare := strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")
			bare, _, _ = strings.Cut(bare, "/")
			fix := x.configureDocker(bare)
			if x.config.CredHelpers[bare] == config.Name || strings.Contains(bare, "*") || dockerconfig.Hub(bare) {
				fix = x.edit() // the entry is one too many, or no command can say it
			}
			r.add(Warning, "credHelpers "+name, fix, "docker compares the host alone, without scheme, path and wildcard, so this entry does nothing")
		}
	}
}
