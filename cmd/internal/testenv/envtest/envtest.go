// Package envtest is testenv for a test: what fails there ends the test here, what
// was made ends with the test, and a test that is over has printed and kept no
// secret.
package envtest

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// built builds the real programs, once for all tests of a package.
var built = sync.OnceValues(programs.Build)

// Programs returns the folder of the real programs. [Main] removes it.
func Programs(t testing.TB) string {
	t.Helper()
	dir, err := built()
	Check(t, err)
	return dir
}

// Main runs a package's tests and then ends what they share: the programs, and what
// is given.
func Main(m *testing.M, ends ...func() error) {
	code := m.Run()
	if dir, err := built(); err == nil {
		ends = append(ends, func() error { return os.RemoveAll(dir) })
	}
	for _, end := range ends {
		if err := end(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// Check fails the test if there is an error.
func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Google is [testenv.Google], until the test ends.
func Google(t testing.TB, o iamtest.Options, accounts ...string) *iamtest.Server {
	t.Helper()
	s, err := testenv.Google(o, accounts...)
	Check(t, err)
	t.Cleanup(s.Close)
	return s
}

// CA is the file of a stand-in's certificates.
func CA(t testing.TB, s *iamtest.Server) string {
	t.Helper()
	file, err := s.CAFile()
	Check(t, err)
	return file
}

// Await is [testenv.Await].
func Await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	Check(t, testenv.Await(what, ok))
}

// ModuleFiles is [testenv.ModuleFiles].
func ModuleFiles(t testing.TB, below string) map[string]string {
	t.Helper()
	files, err := testenv.ModuleFiles(below)
	Check(t, err)
	return files
}

// NoSecret fails the test if one of the secrets is in a text.
func NoSecret(t testing.TB, text string, secrets ...string) {
	t.Helper()
	if s := testenv.Leak(text, secrets); s != "" {
		t.Errorf("a secret (%s) is in:\n%.2000s", s, strings.ToValidUTF8(text, "?"))
	}
}
