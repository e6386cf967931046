package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
)

// world is a home folder, and the servers of the demo.
type world struct {
	env              helper.Env
	executable, core string

	dir, home, tree, runtimeDir string
	environ                     []string
	standIn                     *iamtest.Server
	registry                    *iamtest.Registry
	git                         *iamtest.GitServer

	// keystore describes the back end; kept are the keys that were in it before.
	keystore string
	store    keystore.Store
	kept     []keystore.Key
}

// newWorld makes the folder and starts the servers.
func newWorld(ctx context.Context, d demo) (w *world, err error) {
	w = &world{env: d.env, executable: d.executable, core: d.core}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close(context.WithoutCancel(ctx)))
		}
	}()
	if w.dir, err = os.MkdirTemp("", "credential-iam-demo-"); err != nil {
		return w, err
	}
	w.home, w.tree = filepath.Join(w.dir, "home"), filepath.Join(w.dir, "hello")
	if err := w.servers(); err != nil {
		return w, err
	}
	if err := w.openKeystore(ctx, d.environ); err != nil {
		return w, err
	}
	return w, w.writeHome()
}

// servers starts the stand-ins, with their grants and permissions.
func (w *world) servers() (err error) {
	if w.standIn, err = iamtest.NewServer(iamtest.Options{}); err != nil {
		return err
	}
	w.standIn.User(person)
	w.standIn.ServiceAccount(deployer)
	w.standIn.Grant(person, iamtest.RoleTokenCreator, deployer)
	w.registry = iamtest.NewRegistry(w.standIn, iamtest.RegistryOptions{})
	w.registry.AllowWriter(deployer)
	if err := w.registry.Start(); err != nil {
		return err
	}
	repositories := filepath.Join(w.dir, "repositories")
	if err := os.Mkdir(repositories, 0o700); err != nil {
		return err
	}
	if w.git, err = iamtest.NewGitServer(w.standIn, iamtest.GitOptions{Dir: repositories, TLS: true}); err != nil {
		return err
	}
	w.git.AllowWriter(deployer)
	return nil
}

// openKeystore chooses the keystore as the product does, and a memory file
// system where that would be none, as in a container.
func (w *world) openKeystore(ctx context.Context, environ []string) error {
	w.environ = w.childEnviron(environ)
	options := keystore.Options{Getenv: w.getenv, Now: w.env.Now}
	choice, err := keystore.Open(ctx, "auto", options)
	if err != nil {
		return err
	}
	if choice.Name() == "none" && runtime.GOOS == "linux" {
		if w.runtimeDir, err = os.MkdirTemp("/dev/shm", "credential-iam-demo-"); err == nil {
			w.environ = setenv(w.environ, "XDG_RUNTIME_DIR", w.runtimeDir)
			if c, err := keystore.Open(ctx, "tmpfs", options); err == nil {
				choice = c
			}
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

// childEnviron is the environment of the programs: the person's, less what
// would lead them out of the demo.
func (w *world) childEnviron(environ []string) []string {
	var kept []string
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		lead := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if lead("GOOGLE_") || lead("CLOUDSDK_") || lead("GIT_") || lead("DOCKER_") || lead("GCE_") || lead("XDG_CONFIG") ||
			lead("CREDENTIAL_IAM_") || strings.HasSuffix(strings.ToLower(name), "_proxy") {
			continue
		}
		kept = append(kept, v)
	}
	path := filepath.Dir(w.core) + string(os.PathListSeparator) + w.env.Getenv("PATH")
	for name, value := range map[string]string{
		"HOME": w.home, "USERPROFILE": w.home, "APPDATA": w.home, "PATH": path, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
		"CLOUDSDK_CONFIG": filepath.Join(w.home, ".config", "gcloud"),
		// The API is a stand-in; people use this variable of gcloud's for others.
		"CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS": w.standIn.Endpoint(),
	} {
		kept = setenv(kept, name, value)
	}
	return kept
}

// getenv reads the children's environment.
func (w *world) getenv(name string) string {
	for _, v := range slices.Backward(w.environ) {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

func setenv(environ []string, name, value string) []string {
	environ = slices.DeleteFunc(environ, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	return append(environ, name+"="+value)
}

// writeHome writes what "gcloud auth application-default login" would leave,
// the keystore if it had to be chosen, and a repository.
func (w *world) writeHome() error {
	gcloud := filepath.Join(w.home, ".config", "gcloud")
	docker := filepath.Join(w.home, ".docker")
	for _, dir := range []string{gcloud, docker, w.tree} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	adc := filepath.Join(gcloud, "application_default_credentials.json")
	if err := os.WriteFile(adc, w.standIn.UserADC(person), 0o600); err != nil {
		return err
	}
	config := "{}\n"
	if w.store.Name() == "tmpfs" {
		config = "{\n\t\"plugins\": {\n\t\t\"iam\": {\n\t\t\t\"keystore\": \"tmpfs\"\n\t\t}\n\t}\n}\n"
	}
	return os.WriteFile(filepath.Join(docker, "config.json"), []byte(config), 0o600)
}

// trust makes git trust the stand-in's certificate.
func (w *world) trust(ctx context.Context) error {
	ca, err := w.standIn.CAFile()
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"config", "--global", "http." + w.git.URL + ".sslCAInfo", ca},
		{"config", "--global", "user.name", "Demo"}, {"config", "--global", "user.email", person},
		{"init", "--quiet", "--initial-branch=main", "."},
	} {
		if out, err := w.run(ctx, w.tree, "git", args...); err != nil {
			return fmt.Errorf("git %s: %w: %s", args[0], err, out)
		}
	}
	return nil
}

// commit makes a commit to push.
func (w *world) commit(ctx context.Context, tag string) error {
	if err := os.WriteFile(filepath.Join(w.tree, "hello.txt"), []byte("hello "+tag+"\n"), 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{{"add", "."}, {"commit", "--quiet", "-m", "hello " + tag}} {
		if out, err := w.run(ctx, w.tree, "git", args...); err != nil {
			return fmt.Errorf("git %s: %w: %s", args[0], err, out)
		}
	}
	return nil
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

// command prepares a program in the demo's environment.
func (w *world) command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, w.environ
	return cmd
}

// run runs a program and returns what it said.
func (w *world) run(ctx context.Context, dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := w.command(ctx, dir, name, args...).CombinedOutput()
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
	for _, dir := range []string{w.dir, w.runtimeDir} {
		if dir != "" {
			errs = append(errs, os.RemoveAll(dir))
		}
	}
	return errors.Join(errs...)
}
