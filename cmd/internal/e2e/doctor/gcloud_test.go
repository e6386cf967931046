package doctor

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
)

// asGcloud makes this test binary behave as gcloud, for the test at that URL.
const asGcloud = "TEST_AS_GCLOUD"

// gcloud hands a command line to the test, which does to the stand-in what gcloud
// does to Google.
func gcloud(url string, args []string) error {
	r, err := http.Post(url, "text/plain", strings.NewReader(strings.Join(args, "\n")))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if text, _ := io.ReadAll(r.Body); r.StatusCode != http.StatusOK {
		return errors.New(string(text))
	}
	return nil
}

// addGcloud puts a gcloud on the PATH.
func (m *machine) addGcloud(t *testing.T) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if err := m.gcloud(strings.Split(string(text), "\n")); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	t.Cleanup(s.Close)
	exe, err := os.Executable()
	envtest.Check(t, err)
	m.program(t, "gcloud", asGcloud+"="+s.URL+" exec "+exe+` "$@"`)
}

// program puts a script on the PATH.
func (m *machine) program(t *testing.T, name, script string) {
	t.Helper()
	m.write(t, "bin/"+name, "#!/bin/sh\n"+strings.ReplaceAll(script, "$@", "${@}"))
	envtest.Check(t, os.Chmod(m.Path("bin/"+name), 0o700))
	if path := m.Path("bin") + string(os.PathListSeparator); !strings.HasPrefix(m.Env["PATH"], path) {
		m.Env["PATH"] = path + m.Env["PATH"]
	}
}

// gcloud does one command, as it is documented.
func (m *machine) gcloud(args []string) error {
	flags, words := map[string]string{}, []string{}
	for _, a := range args {
		if name, value, ok := strings.Cut(strings.TrimPrefix(a, "--"), "="); ok && strings.HasPrefix(a, "--") {
			flags[name] = value
		} else {
			words = append(words, a)
		}
	}
	is := func(want ...string) bool { return len(words) >= len(want) && slices.Equal(words[:len(want)], want) }
	switch {
	case is("iam", "service-accounts", "add-iam-policy-binding") && len(words) == 4 && flags["role"] != "":
		_, member, _ := strings.Cut(flags["member"], ":")
		m.google.Grant(member, flags["role"], words[3])
	case is("iam", "service-accounts", "enable") && len(words) == 4:
		m.google.ServiceAccount(words[3]).Enable()
	case is("services", "enable", "iamcredentials.googleapis.com") && flags["project"] != "":
		m.google.EnableAPI()
	case is("auth", "application-default", "login"):
		return m.Home.Home.SignIn(m.google.UserADC(testenv.Person))
	default:
		return fmt.Errorf("gcloud: unknown command %q", args)
	}
	return nil
}
