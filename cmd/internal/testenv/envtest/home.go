package envtest

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// Home is a [testenv.Home] that ends with its test.
type Home struct {
	*testenv.Home
	// Spills says that a file in the home is to hold what looks like a secret.
	Spills bool
}

// New makes a home. When the test ends, no program may have printed a secret of the
// stand-in's, nor left one in a file.
func New(t testing.TB, o testenv.Options) *Home {
	t.Helper()
	inner, err := testenv.New(o)
	Check(t, err)
	h := &Home{Home: inner}
	t.Cleanup(func() {
		h.leaveNothing(t)
		if err := inner.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *Home) leaveNothing(t testing.TB) {
	NoSecret(t, h.Said(), testenv.Marks...)
	if h.Spills {
		return
	}
	found, err := h.Held(testenv.Marks)
	if err != nil {
		t.Error(err)
	}
	for _, wrong := range found {
		t.Error(wrong)
	}
}

// Keystore is the first of the keystores that can be used in the home, or ends the
// test as [parts.Missing] does.
func (h *Home) Keystore(t testing.TB, names ...string) string {
	t.Helper()
	name, err := h.Home.Keystore(t.Context(), names...)
	if err != nil {
		parts.Missing(t, "no keystore %s here: %v", strings.Join(names, " or "), err)
	}
	return name
}

// Write puts a file below the home folder.
func (h *Home) Write(t testing.TB, name string, content []byte) {
	t.Helper()
	Check(t, h.Home.Write(name, content))
}

// Configure writes docker's configuration file.
func (h *Home) Configure(t testing.TB, d testenv.Docker) {
	t.Helper()
	Check(t, h.Home.Configure(d))
}

// SignIn makes a document the source identity.
func (h *Home) SignIn(t testing.TB, document []byte) {
	t.Helper()
	Check(t, h.Home.SignIn(document))
}

// GitPerson makes git's global configuration that of a person.
func (h *Home) GitPerson(t testing.TB) {
	t.Helper()
	Check(t, h.Home.GitPerson())
}

// Folder makes a new folder for temporary files.
func (h *Home) Folder(t testing.TB, pattern string) string {
	t.Helper()
	dir, err := h.Home.Folder(pattern)
	Check(t, err)
	return dir
}

// Must runs a program that has to succeed, and returns what it printed.
func (h *Home) Must(t testing.TB, dir string, env []string, name string, args ...string) string {
	t.Helper()
	out, err := h.Try(dir, env, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// Clone has git clone a URL and returns the folder.
func (h *Home) Clone(t testing.TB, url string, args ...string) string {
	t.Helper()
	dir, err := h.Home.Clone(url, args...)
	Check(t, err)
	return dir
}

// Commit adds a file of so many random bytes to the repository in dir.
func (h *Home) Commit(t testing.TB, dir, name string, size int) {
	t.Helper()
	Check(t, h.Home.Commit(dir, name, size))
}

// Publish makes a repository with one commit at a URL, and returns its clone.
func (h *Home) Publish(t testing.TB, url string) string {
	t.Helper()
	dir, err := h.Home.Publish(url)
	Check(t, err)
	return dir
}
