//go:build linux

package faults

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
)

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
	envtest.Main(m)
}

// newMachine makes a machine with the programs on it, when it is the test's turn.
func newMachine(t *testing.T, o machine.Options) *machine.Machine {
	t.Helper()
	turn(t)
	o.Bin = envtest.Programs(t)
	return machine.New(t, o)
}
