package doctor

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
)

// gitPrograms checks that there is a program where git's configuration names one by
// its path.
func gitPrograms(_ context.Context, x *subject, r report) {
	var done []string
	for _, h := range x.hosts {
		for _, e := range h.asked.Helpers {
			path := gitconfig.Program(e.Value)
			if !gitconfig.Ours(e.Value) || !filepath.IsAbs(path) || slices.Contains(done, path) || executable(path) {
				continue
			}
			done = append(done, path)
			r.add(Error, "git helper "+path, x.configureAgain(path), "git's configuration names it%s, but it is not a program that can be run", in(e))
		}
	}
}

// configureAgain configures git again for the hosts whose helper is a path.
func (x *subject) configureAgain(path string) string {
	var fixes []string
	for _, h := range x.hosts {
		if slices.ContainsFunc(h.asked.Helpers, func(e gitconfig.Entry) bool { return gitconfig.Program(e.Value) == path }) {
			fixes = append(fixes, x.configureGit(h))
		}
	}
	return chain(fixes)
}

func executable(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && (runtime.GOOS == "windows" || st.Mode()&0o111 != 0)
}
