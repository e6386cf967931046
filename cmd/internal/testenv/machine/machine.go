//go:build linux

package machine

import (
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// The hosts that the clients ask for, and the audience of ID tokens.
const (
	DockerHost = "gcr.io"
	GitHost    = "source.developers.google.com"
	Audience   = "https://audience.example.com"
)

// Options say how a machine differs from the usual one.
type Options struct {
	// Bin is the folder of the programs.
	Bin string
	// Keystore is the configured one; empty is kernel where the machine has a
	// user id of its own, else tmpfs.
	Keystore string
	// Own runs the programs as the test's own user even as root.
	Own bool
	// Section is added to the section "iam"; Plugins are further sections.
	Section testenv.Section
	Plugins map[string]testenv.Section
	// Endpoint replaces the stand-in's URL in all that the person has.
	Endpoint string
	// IAM is the stand-in; nil starts one.
	IAM *iamtest.Server
}

// Machine is one person's machine.
type Machine struct {
	// Home is the person's home, whose Env is the whole environment of the programs.
	*testenv.Home
	// IAM is the stand-in that all calls go to.
	IAM *iamtest.Server
	// Bin has the programs, Work is the current folder.
	Bin, Work string
	// UID is the user id of the programs; Isolated says that it is the machine's
	// own and not the test's.
	UID      int
	Isolated bool
	// Keystore is the configured one.
	Keystore string
	// Wrap, if it is set, turns a command line into the one that is run, by the
	// test's own user: it has to become the machine's by itself.
	Wrap func(args []string) []string

	t testing.TB
}

// New makes a machine whose person may impersonate the deployer.
func New(t testing.TB, o Options) *Machine {
	t.Helper()
	m := &Machine{t: t, IAM: o.IAM, UID: os.Geteuid(), Keystore: o.Keystore}
	if os.Geteuid() == 0 && !o.Own {
		m.UID, m.Isolated = keystoretest.User(t), true
	}
	if m.Keystore == "" {
		if m.Keystore = "tmpfs"; m.Isolated {
			m.Keystore = "kernel"
		}
	}
	if m.IAM == nil {
		m.IAM = envtest.Google(t, iamtest.Options{}, testenv.Deployer)
	}
	var err error
	m.Home, err = testenv.New(testenv.Options{Own: m.own})
	m.check(err)
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	m.check(os.Chmod(m.Root, 0o755))
	m.Bin, m.Work = filepath.Join(m.Root, "bin"), filepath.Join(m.Root, "work")
	m.check(install(o.Bin, m.Bin))
	m.check(os.Mkdir(m.Work, 0o700))
	m.check(m.own(m.Work))
	m.Env["PATH"] = m.Bin + string(filepath.ListSeparator) + "/usr/bin:/bin"
	m.configure(o)
	t.Cleanup(m.end)
	return m
}

// own gives a file or folder to the machine's user.
func (m *Machine) own(path string) error {
	if !m.Isolated {
		return nil
	}
	return os.Lchown(path, m.UID, m.UID)
}

func (m *Machine) check(err error) {
	m.t.Helper()
	envtest.Check(m.t, err)
}

// configure writes the source identity and docker's configuration.
func (m *Machine) configure(o Options) {
	m.t.Helper()
	base := testenv.As(testenv.Deployer, m.IAM, m.Keystore)
	adc := m.IAM.UserADC(testenv.Person)
	if o.Endpoint != "" {
		base["endpoint"] = o.Endpoint + "/"
		adc = []byte(strings.ReplaceAll(string(adc), m.IAM.URL, o.Endpoint))
	}
	m.check(m.SignIn(adc))
	maps.Copy(base, o.Section)
	plugins := map[string]testenv.Section{"iam": base}
	maps.Copy(plugins, o.Plugins)
	m.check(m.Configure(testenv.Docker{Plugins: plugins}))
}

// LockDir is where the programs have their locks where there is no runtime
// folder: the only path outside the machine's own folders, but for the link that the
// tmpfs store leaves on /dev/shm.
func (m *Machine) LockDir() string { return "/tmp/credential-iam-" + strconv.Itoa(m.UID) }

// end kills what still runs, which is a failure, and forgets the machine's keys.
func (m *Machine) end() {
	for _, p := range m.Processes() {
		m.t.Errorf("still running at the end: %q", p.Args)
		kill(p.PID)
	}
	if m.Isolated {
		for _, base := range []string{"/tmp", "/dev/shm"} {
			for _, name := range []string{"", "-[0-9]*"} {
				dirs, _ := filepath.Glob(filepath.Join(base, "credential-iam-"+strconv.Itoa(m.UID)+name))
				for _, dir := range dirs {
					_ = os.RemoveAll(dir)
				}
			}
		}
	}
}

func kill(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
