// Package programs builds the programs for the tests that run them.
//
// The flags are those of install.sh, so that what is tested is what people get.
// Only the version is not stamped and the symbols stay.
package programs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// AdapterTags and CoreTags are the build tags of install.sh, which says what they
// leave out.
const (
	AdapterTags = "godbus_no_tcp,purego"
	CoreTags    = "godbus_no_tcp,grpcnotrace"
)

// Build builds the core and the two adapters into a new folder, which the caller
// removes. It is run anywhere in the module.
func Build() (dir string, err error) {
	dir, err = os.MkdirTemp("", "ciam-bin-")
	if err != nil {
		return "", err
	}
	for _, programs := range [][]string{
		{AdapterTags, "docker-credential-iam", "git-credential-iam"},
		{CoreTags, "credential-iam"},
	} {
		args := []string{"build", "-trimpath", "-buildvcs=false", "-tags", programs[0], "-o", dir + string(filepath.Separator)}
		for _, name := range programs[1:] {
			args = append(args, "github.com/credential-iam/credential-iam/cmd/"+name)
		}
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", errors.Join(fmt.Errorf("build: %w\n%s", err, out), os.RemoveAll(dir))
		}
	}
	return dir, os.Chmod(dir, 0o755)
}
