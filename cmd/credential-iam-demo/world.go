package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
)

// world is a home folder, and the servers of the demo.
type world struct {
	*testenv.Home
	now              func() time.Time
	executable, core string
	// tree is the working copy that is pushed.
	tree     string
	standIn  *iamtest.Server
	registry *iamtest.Registry
	git      *iamtest.GitServer

	// keystore describes the back end; kept are the keys that were in it before.
	keystore string
	store    keystore.Store
	kept     []keystore.Key
}

// newWorld makes the folder and starts the servers.
func newWorld(ctx context.Context, d demo) (w *world, err error) {
	w = &world{now: d.env.Now, executable: d.executable, core: d.core}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close(context.WithoutCancel(ctx)))
		}
	}()
	if w.Home, err = testenv.New(testenv.Options{Path: []string{filepath.Dir(w.core)}}); err != nil {
		return w, err
	}
	w.tree = filepath.Join(w.Root, "hello")
	if err := w.servers(); err != nil {
		return w, err
	}
	w.inherit(d.environ)
	if err := w.openKeystore(ctx); err != nil {
		return w, err
	}
	return w, w.writeHome()
}

// servers starts the stand-ins, with their grants and permissions.
func (w *world) servers() (err error) {
	if w.standIn, err = testenv.Google(iamtest.Options{}, deployer); err != nil {
		return err
	}
	// The API is a stand-in; people use this variable of gcloud's for others.
	w.Env["CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS"] = w.standIn.Endpoint()
	w.registry = iamtest.NewRegistry(w.standIn, iamtest.RegistryOptions{})
	w.registry.AllowWriter(deployer)
	if err := w.registry.Start(); err != nil {
		return err
	}
	repositories := filepath.Join(w.Root, "repositories")
	if err := os.Mkdir(repositories, 0o700); err != nil {
		return err
	}
	if w.git, err = iamtest.NewGitServer(w.standIn, iamtest.GitOptions{Dir: repositories, TLS: true}); err != nil {
		return err
	}
	w.git.AllowWriter(deployer)
	return nil
}

// inherit gives the programs the person's own environment, less what would lead them
// out of the demo. The runtime folder is the person's: a session bus may be there.
func (w *world) inherit(environ []string) {
	delete(w.Env, "XDG_RUNTIME_DIR")
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		lead := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if lead("GOOGLE_") || lead("CLOUDSDK_") || lead("GIT_") || lead("DOCKER_") || lead("GCE_") || lead("XDG_CONFIG") ||
			lead("CREDENTIAL_IAM_") || strings.HasSuffix(strings.ToLower(name), "_proxy") {
			continue
		}
		if _, ours := w.Env[strings.ToUpper(name)]; !ours { // Windows spells it Path
			w.Env[name] = value
		}
	}
}

// openKeystore chooses the keystore as the product does, and a memory file
// system where that would be none, as in a container.
func (w *world) openKeystore(ctx context.Context) error {
	options := keystore.Options{Getenv: w.Getenv, Now: w.now}
	choice, err := keystore.Open(ctx, "auto", options)
	if err != nil {
		return err
	}
	if choice.Name() == "none" && w.InMemory {
		w.Env["XDG_RUNTIME_DIR"] = w.Run
		if c, err := keystore.Open(ctx, "tmpfs", options); err == nil {
			choice = c
		}
	}
	w.store = choice.Store
	w.keystore = map[string]string{
		"kernel": "the kernel's keyring", "keyring": "the desktop's keyring", "tmpfs": "a memory file system", "none": "nothing (no keystore here)",
	}[choice.Name()]
	if w.kept, err = w.store.List(ctx); err != nil {
		w.kept = nil
	}
	return nil
}

// writeHome writes what "gcloud auth application-default login" would leave,
// the keystore if it had to be chosen, and git's configuration.
func (w *world) writeHome() error {
	var d testenv.Docker
	if w.store.Name() == "tmpfs" {
		d.Plugins = map[string]testenv.Section{"iam": {"keystore": "tmpfs"}}
	}
	return errors.Join(w.SignIn(w.standIn.UserADC(person)), w.Configure(d), w.GitPerson(), os.Mkdir(w.tree, 0o700))
}

// trust makes git trust the stand-in's certificate, and makes a repository.
func (w *world) trust() error {
	ca, err := w.standIn.CAFile()
	if err != nil {
		return err
	}
	return errors.Join(w.Git(w.tree, "config", "--global", "http."+w.git.URL+".sslCAInfo", ca), w.Git(w.tree, "init", "--quiet"))
}

// beside returns the path of a program beside credential-iam.
func (w *world) beside(name string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(filepath.Dir(w.core), name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is not beside credential-iam; install all programs together", name)
	}
	return path, nil
}

// run runs a program and returns what it printed.
func (w *world) run(ctx context.Context, dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := w.Command(ctx, dir, nil, name, args...).CombinedOutput()
	return string(out), err
}

// meter measures a step.
type meter struct {
	w     *world
	start time.Time
	calls int
}

func (w *world) measure() meter { return meter{w, time.Now(), len(w.standIn.Log())} }

// stop returns the cost since the meter was made.
func (m meter) stop() cost {
	c := cost{took: time.Since(m.start)}
	for _, call := range m.w.standIn.Log()[m.calls:] {
		name := call.Method
		if name == "token" {
			name = "token refresh"
		}
		c.calls = append(c.calls, name)
	}
	return c
}

// close removes what the demo put into the keystore, stops the servers and
// removes the folders.
func (w *world) close(ctx context.Context) error {
	var errs []error
	if w.store != nil {
		keys, err := w.store.List(ctx)
		errs = append(errs, err)
		for _, key := range keys {
			if !slices.Contains(w.kept, key) {
				errs = append(errs, w.store.Delete(ctx, key))
			}
		}
	}
	if w.standIn != nil {
		w.standIn.Close()
	}
	if w.Home != nil {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}
