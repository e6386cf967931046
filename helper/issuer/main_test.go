package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer"
	"github.com/credential-iam/credential-iam/helper/issuer/issuertest"
)

// plugins is the program testdata/plugin, built once for the whole package.
type plugins struct {
	dir  string
	once sync.Once
	err  error
}

var built plugins

// testMain runs the tests with a folder for the program.
func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "issuer-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built.dir = dir
	return m.Run()
}

func exe(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// pluginDir returns a folder with the program under the names of behaviours.
func pluginDir(t testing.TB, names ...string) string {
	t.Helper()
	program := filepath.Join(built.dir, exe("plugin"))
	built.once.Do(func() {
		out, err := exec.Command("go", "build", "-o", program, "./testdata/plugin").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
			return
		}
		built.err = os.Chmod(program, 0o755)
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	dir := issuertest.Dir(t)
	for _, name := range names {
		if err := os.Link(program, filepath.Join(dir, exe("credential-iam-issuer-"+name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const host = "registry.example.com"

// shortDir returns a folder whose name leaves room for a socket's.
func shortDir(t testing.TB) string {
	t.Helper()
	parent := ""
	if len(os.TempDir()) > 40 && runtime.GOOS != "windows" {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "i")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// ask runs the behaviour and returns what the host made of it.
func ask(t testing.TB, name string, options map[string]string, id issuer.Identity, timeout time.Duration) (helper.Token, error) {
	t.Helper()
	o := issuertest.Options(t, pluginDir(t, name))
	o.Timeout, o.TempDir = timeout, shortDir(t)
	// No connection and no socket may be left, whatever happened.
	defer func() {
		left, err := os.ReadDir(o.TempDir)
		if err != nil || len(left) > 0 {
			t.Errorf("left in the folder of the sockets: %v %v", left, err)
		}
	}()
	h, err := issuer.Open(context.Background(), name, o)
	if err != nil {
		return helper.Token{}, err
	}
	return h.Issue(context.Background(), issuertest.Target(name, host, options), id)
}

// problem returns err as the *helper.Error that every failure must be.
func problem(t testing.TB, err error) *helper.Error {
	t.Helper()
	var e *helper.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want a *helper.Error", err, err)
	}
	return e
}
