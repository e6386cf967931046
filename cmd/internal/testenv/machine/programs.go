//go:build linux

package machine

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// Client is a program that is asked for a credential.
type Client string

// The two adapters, and the core behind them.
const (
	Docker Client = "docker-credential-iam"
	Git    Client = "git-credential-iam"
	Core          = "credential-iam"
)

// install gives the machine its own names for the programs, by which its
// processes are told from those of other machines.
func install(from, to string) error {
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	for _, name := range []string{string(Docker), string(Git), Core} {
		if os.Link(filepath.Join(from, name), filepath.Join(to, name)) == nil {
			continue
		}
		b, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = testenv.WriteProgram(filepath.Join(to, name), b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Process is a running program of a machine.
type Process struct {
	PID  int
	Args []string
}

// Is reports whether the process is the program, run with the given argument if
// that is not empty.
func (p Process) Is(program, arg string) bool {
	return filepath.Base(p.Args[0]) == program && (arg == "" || slices.Contains(p.Args[1:], arg))
}

// Processes returns the machine's programs that run now. Ended ones that nobody
// waited for yet have no arguments any more and are not among them.
func (m *Machine) Processes() []Process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		m.t.Fatal(err)
	}
	var found []Process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		b, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		args := strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
		if err == nil && filepath.Dir(args[0]) == m.Bin {
			found = append(found, Process{pid, args})
		}
	}
	return found
}
