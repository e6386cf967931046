//go:build linux

package machine

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// The hosts that the clients ask for, and who is behind them.
const (
	DockerHost = "gcr.io"
	GitHost    = "source.developers.google.com"
	Person     = "dev@example.com"
	Deployer   = "deployer@demo-project.iam.gserviceaccount.com"
	Audience   = "https://audience.example.com"
)

// Section is a section of docker's configuration, below plugins.
type Section = map[string]string

// Options say how a machine differs from the usual one.
type Options struct {
	// Bin is the folder of Build.
	Bin string
	// Keystore is the configured one; empty is kernel where the machine has a
	// user id of its own, else tmpfs.
	Keystore string
	// Own runs the programs as the test's own user even as root.
	Own bool
	// Section is added to the section "iam"; Plugins are further sections.
	Section Section
	Plugins map[string]Section
	// Endpoint replaces the stand-in's URL in all that the person has.
	Endpoint string
	// IAM is the stand-in; nil starts one.
	IAM *iamtest.Server
}

// Machine is one person's machine.
type Machine struct {
	// IAM is the stand-in that all calls go to.
	IAM *iamtest.Server
	// Dir holds Bin, Home, Temp and Work (the current folder); Run is the runtime
	// folder, in memory where that is possible.
	Dir, Bin, Home, Temp, Work, Run string
	// Env is the whole environment of the programs.
	Env map[string]string
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

// New makes a machine whose person may impersonate Deployer.
func New(t testing.TB, o Options) *Machine {
	t.Helper()
	m := &Machine{t: t, IAM: o.IAM, UID: os.Geteuid(), Keystore: o.Keystore}
	if os.Geteuid() == 0 && !o.Own {
		m.UID, m.Isolated = claimUser(t), true
	}
	if m.Keystore == "" {
		if m.Keystore = "tmpfs"; m.Isolated {
			m.Keystore = "kernel"
		}
	}
	if m.IAM == nil {
		s, err := iamtest.NewServer(iamtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		m.IAM = s
		s.User(Person)
		s.ServiceAccount(Deployer)
		s.Grant(Person, iamtest.RoleTokenCreator, Deployer)
	}
	m.folders(o.Bin)
	m.Env = map[string]string{
		"HOME": m.Home, "TMPDIR": m.Temp, "XDG_RUNTIME_DIR": m.Run, "LANG": "C",
		"PATH": m.Bin + string(filepath.ListSeparator) + "/usr/bin:/bin",
	}
	m.configure(o)
	t.Cleanup(m.end)
	return m
}

// folders makes the machine's folders, owned by its user.
func (m *Machine) folders(bin string) {
	m.t.Helper()
	m.Dir = m.temporary("")
	m.check(os.Chmod(m.Dir, 0o755))
	m.Bin = filepath.Join(m.Dir, "bin")
	m.check(install(bin, m.Bin))
	for _, d := range []struct {
		path *string
		name string
	}{{&m.Home, "home"}, {&m.Temp, "tmp"}, {&m.Work, "work"}} {
		*d.path = filepath.Join(m.Dir, d.name)
		m.check(os.Mkdir(*d.path, 0o700))
		m.own(*d.path)
	}
	if m.Run = "/dev/shm"; !writable(m.Run) {
		m.Run = ""
	}
	m.Run = m.temporary(m.Run)
	m.own(m.Run)
}

func writable(dir string) bool {
	f, err := os.MkdirTemp(dir, "ciam-")
	return err == nil && os.Remove(f) == nil
}

// temporary makes a folder that ends with the test.
func (m *Machine) temporary(in string) string {
	dir, err := os.MkdirTemp(in, "ciam-")
	m.check(err)
	m.t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			m.t.Error(err)
		}
	})
	return dir
}

func (m *Machine) own(path string) {
	if m.Isolated {
		m.check(os.Lchown(path, m.UID, m.UID))
	}
}

func (m *Machine) check(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// configure writes the source identity and docker's configuration.
func (m *Machine) configure(o Options) {
	m.t.Helper()
	endpoint := m.IAM.Endpoint()
	adc := m.IAM.UserADC(Person)
	if o.Endpoint != "" {
		endpoint = o.Endpoint + "/"
		adc = []byte(strings.ReplaceAll(string(adc), m.IAM.URL, o.Endpoint))
	}
	m.Write(".config/gcloud/application_default_credentials.json", adc)
	plugins := map[string]Section{"iam": {
		"serviceAccount": Deployer, "endpoint": endpoint, "keystore": m.Keystore,
	}}
	maps.Copy(plugins["iam"], o.Section)
	maps.Copy(plugins, o.Plugins)
	b, err := json.Marshal(map[string]any{"plugins": plugins})
	m.check(err)
	m.Write(".docker/config.json", b)
}

// Write puts a file of the machine's user below the home folder.
func (m *Machine) Write(name string, content []byte) {
	m.t.Helper()
	path := m.Home
	for part := range strings.SplitSeq(filepath.Dir(name), "/") {
		path = filepath.Join(path, part)
		if err := os.Mkdir(path, 0o700); err == nil {
			m.own(path)
		}
	}
	path = filepath.Join(m.Home, name)
	m.check(os.WriteFile(path, content, 0o600))
	m.own(path)
}

// Source is the path of the person's source identity.
func (m *Machine) Source() string {
	return filepath.Join(m.Home, ".config", "gcloud", "application_default_credentials.json")
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
	m.clearKernel()
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

// environ is Env in the form of os.Environ.
func (m *Machine) environ(more []string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m.Env)) {
		all = append(all, name+"="+m.Env[name])
	}
	return append(all, more...)
}
