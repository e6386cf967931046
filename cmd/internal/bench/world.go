package bench

import (
	"context"
	"encoding/json"
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

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest/dbustest"
)

const (
	person   = "dev@example.com"
	deployer = "deployer@demo-project.iam.gserviceaccount.com"
	// The hosts that are asked for; nothing connects to them.
	dockerHost = "europe-docker.pkg.dev"
	gitHost    = "source.developers.google.com"
)

// bench is one run: the programs, the stand-in for Google, and what was found.
type bench struct {
	options options
	dir     string
	getenv  func(string) string
	stderr  io.Writer
	iam     *iamtest.Server
	// delayed is the stand-in again, 100 ms away, and secure behind TLS.
	delayed *iamtest.Server
	secure  *iamtest.Server
	session *dbustest.Session // a Secret Service, nil where there is none
	ends    []func()

	rows  []row
	notes []string
	// counted are the commands whose instructions are counted, by row.
	counted map[string]command
}

// newBench builds the programs and starts what they need.
func newBench(ctx context.Context, o options, getenv func(string) string, stderr io.Writer) (b *bench, err error) {
	// Not below $TMPDIR, whose length could exceed that of a socket's name.
	dir, err := os.MkdirTemp("", "ciam-bench-")
	if err != nil {
		return nil, err
	}
	b = &bench{options: o, dir: dir, getenv: getenv, stderr: stderr, counted: map[string]command{}}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	for _, name := range []string{"bin", "run", "homes"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	fmt.Fprintln(stderr, "bench: build")
	if err := build(ctx, filepath.Join(dir, "bin")); err != nil {
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
	return b, nil
}

// latency is that of an API which is far away.
const latency = 100 * time.Millisecond

// newGoogle starts a stand-in with the one grant that everything here needs.
func newGoogle(o iamtest.Options) (*iamtest.Server, error) {
	s, err := iamtest.NewServer(o)
	if err != nil {
		return nil, err
	}
	s.ServiceAccount(deployer)
	s.User(person)
	s.ServiceAccount(robot)
	for _, member := range []string{person, robot, s.WorkloadPrincipal(subject).Email} {
		s.Grant(member, iamtest.RoleTokenCreator, deployer)
	}
	s.Grant(person, iamtest.RoleTokenCreator, robot)
	return s, nil
}

// close ends everything and forgets what was cached.
func (b *bench) close() {
	for _, end := range slices.Backward(b.ends) {
		end()
	}
	for _, s := range []*iamtest.Server{b.iam, b.delayed, b.secure} {
		if s != nil {
			s.Close()
		}
	}
	_ = os.RemoveAll(b.dir)
}

// calls counts the exchanges of all stand-ins so far.
func (b *bench) calls() int { return b.iam.Calls() + b.delayed.Calls() + b.secure.Calls() }

// note says why something has no row.
func (b *bench) note(table, name string, err error) {
	line := fmt.Sprintf("%s, %s: %s", table, name, strings.Join(strings.Fields(err.Error()), " "))
	b.notes = append(b.notes, line)
	fmt.Fprintln(b.stderr, "bench: "+line)
}

// environ is the environment of a measured program: as small as a person's is
// large, but with the names that a shell always has.
func (b *bench) environ(more ...string) []string {
	env := []string{
		"PATH=" + filepath.Join(b.dir, "bin") + string(filepath.ListSeparator) + b.getenv("PATH"),
		"XDG_RUNTIME_DIR=" + filepath.Join(b.dir, "run"), "TMPDIR=" + b.dir,
		"LANG=C", "USER=dev", "LOGNAME=dev", "SHELL=/bin/sh", "TERM=xterm",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
	}
	return append(env, more...)
}

// home makes a home folder whose configuration has these values for every host,
// and these credentials; it returns its environment.
func (b *bench) home(name string, s *iamtest.Server, adc []byte, values map[string]string, hosts ...string) ([]string, error) {
	home := filepath.Join(b.dir, "homes", name)
	base := map[string]string{"serviceAccount": deployer, "endpoint": s.Endpoint()}
	maps.Copy(base, values)
	plugins := map[string]map[string]string{"iam": base}
	helpers := map[string]string{dockerHost: "iam"}
	for _, host := range hosts {
		plugins["iam@"+host] = map[string]string{"token": "access"}
		helpers[host] = "iam"
	}
	config, err := json.MarshalIndent(map[string]any{"auths": map[string]any{}, "credHelpers": helpers, "plugins": plugins}, "", "\t")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{".docker/config.json": config}
	if adc != nil {
		files[".config/gcloud/application_default_credentials.json"] = adc
	}
	for file, content := range files {
		if err := writeFile(filepath.Join(home, filepath.FromSlash(file)), content); err != nil {
			return nil, err
		}
	}
	return b.environ("HOME=" + home), nil
}

func writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}

// input keeps what a command reads and returns its path.
func (b *bench) input(name, text string) (string, error) {
	path := filepath.Join(b.dir, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// keystores are those that can be used here, the fastest first.
func (b *bench) keystores() []string {
	var names []string
	for _, name := range []string{"kernel", "tmpfs"} {
		if err := b.canOpen(name); err != nil {
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

// canOpen returns why a keystore cannot be used here.
func (b *bench) canOpen(name string) error {
	_, err := keystore.Open(context.Background(), name, keystore.Options{Getenv: b.getenvOf(b.environ()), Now: time.Now})
	return err
}

// getenvOf looks names up in an environment.
func (b *bench) getenvOf(env []string) func(string) string {
	return func(name string) string {
		for _, e := range slices.Backward(env) {
			if v, ok := strings.CutPrefix(e, name+"="); ok {
				return v
			}
		}
		return ""
	}
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
