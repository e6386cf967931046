package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore/keystoretest/dbustest"
)

const (
	person   = testenv.Person
	deployer = testenv.Deployer
	// The hosts that are asked for; nothing connects to them.
	dockerHost = "europe-docker.pkg.dev"
	gitHost    = "source.developers.google.com"
)

// bench is one run: the programs, the stand-in for Google, and what was found.
type bench struct {
	options options
	dir     string
	stderr  io.Writer
	iam     *iamtest.Server
	// delayed is the stand-in again, 100 ms away, and secure behind TLS.
	delayed *iamtest.Server
	secure  *iamtest.Server
	// distant is the stand-in in a network of its own, round trips away.
	distant *iamtest.Server
	session *dbustest.Session // a Secret Service, nil where there is none
	// plain is a home where nothing is configured.
	plain *testenv.Home
	ends  []func()

	rows  []row
	notes []string
	// counted are the commands whose instructions are counted, by row.
	counted map[string]command
}

// newBench builds the programs and starts what they need.
func newBench(ctx context.Context, o options, stderr io.Writer) (b *bench, err error) {
	// Not below $TMPDIR, whose length could exceed that of a socket's name.
	dir, err := os.MkdirTemp("", "ciam-bench-")
	if err != nil {
		return nil, err
	}
	b = &bench{options: o, dir: dir, stderr: stderr, counted: map[string]command{}}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	for _, name := range []string{"bin", "homes"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	fmt.Fprintln(stderr, "bench: build")
	if err := build(ctx, filepath.Join(dir, "bin")); err != nil {
		return nil, err
	}
	if b.plain, err = b.newHome("plain"); err != nil {
		return nil, err
	}
	if o.evict {
		if err := b.evictAll(); err != nil {
			return nil, err
		}
	}
	if b.iam, err = newGoogle(iamtest.Options{}); err != nil {
		return nil, err
	}
	if b.delayed, err = newGoogle(iamtest.Options{Latency: latency}); err != nil {
		return nil, err
	}
	if b.secure, err = newGoogle(iamtest.Options{}); err != nil {
		return nil, err
	}
	if b.distant, err = newGoogle(iamtest.Options{}); err != nil {
		return nil, err
	}
	return b, nil
}

// latency is that of an API which is far away.
const latency = 100 * time.Millisecond

// newGoogle starts a stand-in with the one grant that everything here needs.
func newGoogle(o iamtest.Options) (*iamtest.Server, error) {
	s, err := testenv.Google(o, deployer, robot)
	if err != nil {
		return nil, err
	}
	for _, member := range []string{robot, s.WorkloadPrincipal(subject).Email} {
		s.Grant(member, iamtest.RoleTokenCreator, deployer)
	}
	return s, nil
}

// close ends everything and forgets what was cached.
func (b *bench) close() {
	for _, end := range slices.Backward(b.ends) {
		end()
	}
	for _, s := range []*iamtest.Server{b.iam, b.delayed, b.secure, b.distant} {
		if s != nil {
			s.Close()
		}
	}
	_ = os.RemoveAll(b.dir)
}

// calls counts the exchanges of all stand-ins so far.
func (b *bench) calls() int {
	return b.iam.Calls() + b.delayed.Calls() + b.secure.Calls() + b.distant.Calls()
}

// note says why something has no row.
func (b *bench) note(table, name string, err error) {
	line := fmt.Sprintf("%s, %s: %s", table, name, strings.Join(strings.Fields(err.Error()), " "))
	b.notes = append(b.notes, line)
	fmt.Fprintln(b.stderr, "bench: "+line)
}

// newHome makes a home folder where nobody is signed in and nothing is configured.
// The environment is as small as a person's is large, but has the names that a shell
// always has.
func (b *bench) newHome(name string) (*testenv.Home, error) {
	root, err := os.MkdirTemp(filepath.Join(b.dir, "homes"), name+"-")
	if err != nil {
		return nil, err
	}
	h, err := testenv.New(testenv.Options{Root: root, Path: []string{filepath.Join(b.dir, "bin")}})
	if err != nil {
		return nil, err
	}
	b.ends = append(b.ends, func() { _ = h.Close() })
	maps.Copy(h.Env, map[string]string{"USER": "dev", "LOGNAME": "dev", "SHELL": "/bin/sh", "TERM": "xterm"})
	return h, nil
}

// home makes a home folder whose configuration has these values for every host,
// and these credentials.
func (b *bench) home(name string, s *iamtest.Server, adc []byte, values testenv.Section, hosts ...string) (*testenv.Home, error) {
	h, err := b.newHome(name)
	if err != nil {
		return nil, err
	}
	base := testenv.Section{"serviceAccount": deployer, "endpoint": s.Endpoint()}
	maps.Copy(base, values)
	d := testenv.Docker{
		Plugins: map[string]testenv.Section{"iam": base}, Helpers: map[string]string{dockerHost: "iam"},
		More: map[string]any{"auths": map[string]any{}},
	}
	for _, host := range hosts {
		d.Plugins["iam@"+host] = testenv.Section{"token": "access"}
		d.Helpers[host] = "iam"
	}
	if adc != nil {
		err = h.SignIn(adc)
	}
	return h, errors.Join(err, h.Configure(d))
}

// input keeps what a command reads and returns its path.
func (b *bench) input(name, text string) (string, error) {
	path := filepath.Join(b.dir, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// keystores are those that can be used here, the fastest first.
func (b *bench) keystores(ctx context.Context) []string {
	var names []string
	for _, name := range []string{"kernel", "tmpfs"} {
		if err := b.plain.CanOpen(ctx, name); err != nil {
			b.note("warm", name, err)
			continue
		}
		names = append(names, name)
	}
	if b.startSession() {
		names = append(names, "keyring")
	}
	return names
}

// serve puts a handler on a loopback port until the bench closes.
func (b *bench) serve(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(l) }()
	b.ends = append(b.ends, func() { _ = s.Close() })
	return "http://" + l.Addr().String(), nil
}
