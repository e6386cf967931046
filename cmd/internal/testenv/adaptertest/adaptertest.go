// Package adaptertest runs a protocol adapter within a test's own process: in a
// home of its own, on a standard input that the test writes, with a core that
// answers at once and counts what it is asked. Scripts run the real programs; this
// is for the hundred odd inputs of each protocol.
package adaptertest

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/helper/adapter"
)

// Account is the account of the section "iam".
const Account = "deployer@proj.iam.gserviceaccount.com"

// World is a home in which an adapter runs.
type World struct {
	*testenv.Home
	t   testing.TB
	bin string
}

// Result is how a run ended.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// New makes a home with sections; those of "iam" that are not stated are an account
// and a keystore, in memory where this machine has one. Its package's TestMain
// calls [Main].
func New(t testing.TB, d testenv.Docker) *World {
	t.Helper()
	h, err := testenv.New(testenv.Options{})
	check(t, err)
	t.Cleanup(func() { check(t, h.Close()) })
	w := &World{Home: h, t: t}
	w.bin, err = h.Folder("bin")
	check(t, err)
	self, err := os.Executable()
	check(t, err)
	if err := os.Symlink(self, filepath.Join(w.bin, "credential-iam")); err != nil {
		t.Skip(err)
	}
	check(t, h.SignIn([]byte(`{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"}`)))
	w.Configure(d)
	return w
}

// Configure writes docker's configuration file.
func (w *World) Configure(d testenv.Docker) {
	w.t.Helper()
	all := map[string]testenv.Section{"iam": {"serviceAccount": Account, "keystore": "none"}}
	if w.InMemory {
		all["iam"]["keystore"] = "tmpfs"
	}
	for name, section := range d.Plugins {
		if all[name] == nil {
			all[name] = testenv.Section{}
		}
		for key, value := range section {
			all[name][key] = value
		}
	}
	d.Plugins = all
	check(w.t, w.Home.Configure(d))
}

// NeedsCache skips a test where nothing can be cached.
func (w *World) NeedsCache() {
	w.t.Helper()
	if !w.InMemory {
		w.t.Skip("needs a memory file system")
	}
}

// Run runs a program.
func (w *World) Run(p adapter.Program, stdin string, args ...string) Result {
	w.t.Helper()
	var out bytes.Buffer
	code, stderr := w.RunOn(p, strings.NewReader(stdin), &out, args...)
	return Result{code, out.String(), stderr}
}

// RunOn runs a program on streams of the test's own.
func (w *World) RunOn(p adapter.Program, in io.Reader, out io.Writer, args ...string) (code int, stderr string) {
	var said bytes.Buffer
	code = adapter.Run(p, w.Process(in, out, &said, args...))
	return code, said.String()
}

// Process is what a program has here.
func (w *World) Process(in io.Reader, out, stderr io.Writer, args ...string) adapter.Process {
	return adapter.Process{
		Args: args, Getenv: w.Getenv, Stdin: in, Stdout: out, Stderr: stderr, Executable: filepath.Join(w.bin, p0),
	}
}

// p0 is the program's own name beside the core, where nothing is.
const p0 = "adapter"

// Mints returns what the core was asked since the last time, "KIND ACCOUNT
// PROTOCOL://HOST/PATH" for each.
func (w *World) Mints() []string {
	w.t.Helper()
	path := filepath.Join(w.bin, asked)
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	check(w.t, os.RemoveAll(path))
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")[:strings.Count(string(b), "\n")]
}

// Core has the core answer otherwise from now on; the zero Core is the usual one.
func (w *World) Core(c Core) {
	w.t.Helper()
	check(w.t, os.WriteFile(filepath.Join(w.bin, behaviour), c.format(), 0o600))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
