//go:build linux

package faults

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/e2e/faults/machine"
	"github.com/credential-iam/credential-iam/cmd/internal/programs"
)

// built builds the real binaries once for all tests and returns their folder.
var built = sync.OnceValues(programs.Build)

// TestMain lets the tests that wait for a hanging server wait side by side: they
// need hardly any processor.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", "512"); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	code := m.Run()
	if dir, err := built(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// newMachine makes a machine with the programs on it.
func newMachine(t *testing.T, o machine.Options) *machine.Machine {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	o.Bin = bin
	return machine.New(t, o)
}
