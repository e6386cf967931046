package configure

import (
	"path/filepath"
	"runtime"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper/config"
)

// gitHelper returns the value that makes git run git-credential-iam: the path of the
// program. Git starts one process less for it than for a name, each time that it asks,
// and editors and services that have another PATH find it. The name by which the PATH
// finds it goes before the folder of this program: that is where a package manager
// keeps a version, until the next one.
func (w World) gitHelper() (value, note string) {
	path, err := w.LookPath("git-credential-iam")
	if err == nil && filepath.IsAbs(path) {
		return gitconfig.Value(path), ""
	}
	name := "git-credential-iam"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path = filepath.Join(w.Bin, name)
	if _, err := w.LookPath(path); w.Bin == "" || err != nil {
		return config.Name, "git-credential-iam is neither on the PATH nor beside credential-iam; git will not find it; run: ./install.sh"
	}
	return gitconfig.Value(path), ""
}
