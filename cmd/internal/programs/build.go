package programs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds the core, its companions and the adapters into a new folder, for
// the tests that run them; the caller removes it. It is run anywhere in the module.
//
// The flags are those of install.sh, so that what is tested is what people get.
// Only the version is not stamped and the symbols stay.
func Build() (dir string, err error) {
	if err := Depend(); err != nil {
		return "", err
	}
	dir, err = os.MkdirTemp("", "ciam-bin-")
	if err != nil {
		return "", err
	}
	if err = build(dir, Of(Adapter, Core, Companion)); err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// build builds programs, those of the same tags by one command.
func build(dir string, all []Program) error {
	byTags := map[string][]string{}
	for _, p := range all {
		byTags[p.Tags] = append(byTags[p.Tags], "github.com/credential-iam/credential-iam/cmd/"+p.Name)
	}
	for tags, packages := range byTags {
		args := []string{"build", "-trimpath", "-buildvcs=false", "-tags", tags, "-o", dir + string(filepath.Separator)}
		cmd := exec.Command("go", append(args, packages...)...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build: %w\n%s", err, out)
		}
	}
	for _, p := range all {
		for _, link := range p.Links {
			if err := os.Symlink(p.Name, filepath.Join(dir, link)); err != nil {
				return err
			}
		}
	}
	return nil
}
