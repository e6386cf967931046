package clients

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	list "github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
)

// installation is one run of install.sh, whose programs all tests use.
type installation struct {
	// bin is where it was told to install.
	bin            string
	stdout, stderr string
}

// installed builds and installs the real programs once, as a person does: into a
// folder that does not exist and has a space in its name, from another folder.
var installed = sync.OnceValues(func() (installation, error) {
	if err := list.Depend(); err != nil {
		return installation{}, err
	}
	work, err := os.MkdirTemp("", "ciam-install-")
	if err != nil {
		return installation{}, err
	}
	script, err := filepath.Abs(filepath.Join("..", "..", "..", "..", "install.sh"))
	if err != nil {
		return installation{}, err
	}
	var out, log strings.Builder
	cmd := exec.Command("sh", script, "--bin-dir", filepath.Join("my programs", "bin"))
	cmd.Dir, cmd.Stdout, cmd.Stderr = work, &out, &log
	if err := cmd.Run(); err != nil {
		return installation{}, errors.Join(fmt.Errorf("install.sh: %w\n%s", err, log.String()), os.RemoveAll(work))
	}
	return installation{filepath.Join(work, "my programs", "bin"), out.String(), log.String()}, nil
})

// programs returns the folder of the real programs.
func programs() (string, error) {
	i, err := installed()
	return i.bin, err
}

// TestMain ends what the tests share: the engine and the programs.
func TestMain(m *testing.M) {
	if runtime.GOOS == "windows" {
		fmt.Println("the clients are tested on Unix only")
		os.Exit(0)
	}
	envtest.Main(m, stopEngine, func() error {
		bin, err := programs()
		if err != nil {
			return nil //nolint:nilerr // the tests said so
		}
		return os.RemoveAll(filepath.Dir(filepath.Dir(bin)))
	})
}
