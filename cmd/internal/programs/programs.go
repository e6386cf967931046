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

// Tags are the build tags of install.sh: no TCP in the D-Bus library, which brings
// a resolver into the adapters, and no tracing pages in gRPC, which bring two
// template engines into the core.
const Tags = "godbus_no_tcp,grpcnotrace"

// Build builds the core and the two adapters into a new folder, which the caller
// removes. It is run anywhere in the module.
func Build() (dir string, err error) {
	dir, err = os.MkdirTemp("", "ciam-bin-")
	if err != nil {
		return "", err
	}
	const module = "github.com/credential-iam/credential-iam/cmd/"
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", Tags, "-o", dir+string(filepath.Separator),
		module+"docker-credential-iam", module+"git-credential-iam", module+"credential-iam")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("build: %w\n%s", err, out), os.RemoveAll(dir))
	}
	return dir, os.Chmod(dir, 0o755)
}
