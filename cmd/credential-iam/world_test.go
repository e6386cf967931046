package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/purge"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
)

const (
	person   = "ana@example.com"
	deployer = "deployer@proj.iam.gserviceaccount.com"
	pusher   = "pusher@proj.iam.gserviceaccount.com"
	middle   = "middle@proj.iam.gserviceaccount.com"
)

// asProgram makes a process of the test binary behave as credential-iam.
const asProgram = "TEST_AS_CREDENTIAL_IAM"

// purgeKeyring is the value of asProgram for a purge of the platform's keyring
// alone: the command would empty the kernel keyring of whoever runs the tests.
const purgeKeyring = "purge-keyring"

func TestMain(m *testing.M) {
	switch os.Getenv(asProgram) {
	case "":
		os.Exit(m.Run())
	case purgeKeyring:
		a := &app{Core: core.Core{Env: helper.SystemEnv("credential-iam", os.Getenv, os.Stderr)}, stdout: os.Stdout, stderr: os.Stderr}
		store, err := keystore.Open(context.Background(), "keyring", a.Options())
		if err == nil {
			err = a.tell(purge.Stores(context.Background(), []keystore.Store{store}, nil), false)
		}
		if err != nil {
			panic(err)
		}
	default:
		main()
	}
}

// section is a section of the configuration.
type section = testenv.Section

// world is a machine with a home, a stand-in for Google and a person signed in.
type world struct {
	*envtest.Home
	t      *testing.T
	server *iamtest.Server
	ids    core.Identities
	// exe is this program's path, for what looks beside it.
	exe string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := envtest.Google(t, iamtest.Options{})
	testenv.Allow(s, person, deployer, pusher)
	s.ServiceAccount(middle)
	w := &world{t: t, server: s, Home: envtest.New(t, testenv.Options{Login: "adc.json"}), ids: &fakeIdentities{}}
	w.Spills = true // credentials of all kinds are written as input
	w.SignIn(t, s.UserADC(person))
	return w
}

// configure writes docker's configuration file. The section "iam" gets what
// leads to the stand-in, unless it says otherwise.
func (w *world) configure(plugins map[string]section, helpers ...string) {
	w.t.Helper()
	base := section{"endpoint": w.server.Endpoint(), "source": "file:" + w.ADC(), "keystore": "tmpfs"}
	maps.Copy(base, plugins["iam"])
	d := testenv.Docker{Plugins: map[string]section{}, Helpers: map[string]string{}}
	maps.Copy(d.Plugins, plugins)
	d.Plugins["iam"] = base
	for _, h := range helpers {
		d.Helpers[h] = "iam"
	}
	w.Configure(w.t, d)
}

func (w *world) core() core.Core {
	return core.Core{Env: w.Helper(), Executable: w.exe, Environ: w.Environ(), IDs: w.ids}
}

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// run runs one command line in the world.
func (w *world) run(stdin string, args ...string) result {
	w.t.Helper()
	var out, log bytes.Buffer
	a := &app{Core: w.core(), stdin: strings.NewReader(stdin), stdout: &out, stderr: &log}
	code := a.run(context.Background(), args)
	return result{code, out.String(), log.String()}
}

// must runs a command that has to succeed without a word on standard error, and
// returns its one line.
func (w *world) must(stdin string, args ...string) string {
	w.t.Helper()
	r := w.run(stdin, args...)
	if r.code != 0 || r.stderr != "" {
		w.t.Fatalf("%q: exit %d, stderr %q", args, r.code, r.stderr)
	}
	line, rest, ok := strings.Cut(r.stdout, "\n")
	if !ok || rest != "" || line == "" {
		w.t.Fatalf("%q: stdout is not one line: %d bytes", args, len(r.stdout))
	}
	return line
}

// fail runs a command that has to fail, and returns its line on standard error, which
// says what to run.
func (w *world) fail(code int, stdin string, args ...string) string {
	w.t.Helper()
	r := w.run(stdin, args...)
	if r.code != code || r.stdout != "" || !strings.HasPrefix(r.stderr, "credential-iam: ") || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, "; run: ") {
		w.t.Fatalf("%q: exit %d (want %d), stdout %q, stderr %q", args, r.code, code, r.stdout, r.stderr)
	}
	w.noSecret(r.stderr)
	return r.stderr
}

// noSecret fails if a text holds anything of the source identity or a token.
func (w *world) noSecret(text string) {
	w.t.Helper()
	envtest.NoSecret(w.t, text, append([]string{"eyJ"}, testenv.Marks...)...)
}

// calls fails unless the stand-in was called n times by a method since the last
// look.
func (w *world) calls(n int, method ...string) {
	w.t.Helper()
	if got := w.server.Calls(method...); got != n {
		w.t.Errorf("calls of %q: got %d, want %d", method, got, n)
	}
	w.server.ResetCalls()
}

func decodeJSON[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil || d.More() {
		t.Fatalf("not the JSON that was promised: %v", err)
	}
	return v
}

// fakeIdentities are source identities in memory.
type fakeIdentities struct {
	docs map[string]keystore.Secret
	// err is what every change answers; lie keeps nothing and says nothing.
	err error
	lie bool
}

func (f *fakeIdentities) Get(_ context.Context, name string) (keystore.Secret, error) {
	if errors.Is(f.err, keystore.ErrUnavailable) || errors.Is(f.err, keystore.ErrLocked) {
		return keystore.Secret{}, f.err
	}
	doc, ok := f.docs[name]
	if !ok {
		return keystore.Secret{}, keystore.ErrNotFound
	}
	return doc, nil
}

func (f *fakeIdentities) Add(_ context.Context, name string, doc keystore.Secret) error {
	if f.err != nil || f.lie {
		return f.err
	}
	if f.docs == nil {
		f.docs = map[string]keystore.Secret{}
	}
	f.docs[name] = doc
	return nil
}

func (f *fakeIdentities) List(context.Context) ([]string, error) {
	if f.err != nil {
		return nil, f.err
	}
	var names []string
	for name := range f.docs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

func (f *fakeIdentities) Remove(_ context.Context, name string) error {
	if f.err != nil {
		return f.err
	}
	if _, ok := f.docs[name]; !ok {
		return keystore.ErrNotFound
	}
	delete(f.docs, name)
	return nil
}
