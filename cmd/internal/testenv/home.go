package testenv

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// Home is a person's home folder, and what the programs that run there have.
type Home struct {
	// Root holds Dir, which is the home folder, and Temp, that of temporary files.
	Root, Dir, Temp string
	// Run is the runtime folder. It is not below Root, but on a memory file system
	// where this machine has one: InMemory.
	Run      string
	InMemory bool
	// Env is the whole environment of the programs.
	Env map[string]string

	login string
	own   func(path string) error
	made  []string
	mu    sync.Mutex
	said  bytes.Buffer
}

// Options say how a home differs from the usual one.
type Options struct {
	// Root is a folder for the home and the temporary files, which Close leaves to
	// its owner; "" makes one, with a short path: the name of a socket, which may lie
	// below, has at most 107 bytes.
	Root string
	// Path are folders that come before those of this machine's PATH.
	Path []string
	// Login is the file of the source identity below the home folder; "" is where
	// gcloud keeps it.
	Login string
	// CA is a file of certificates that are trusted instead of the machine's.
	CA string
	// Own gives what is made to the user who is to have it; nil leaves it to the
	// caller's own.
	Own func(path string) error
}

// memory is where Linux has a memory file system.
const memory = "/dev/shm"

// New makes a home folder in which nobody is signed in and nothing is configured.
// Close removes it.
func New(o Options) (h *Home, err error) {
	h = &Home{own: o.Own, login: cmp.Or(o.Login, adc)}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if h.Root = o.Root; h.Root == "" {
		if h.Root, err = h.folder(""); err != nil {
			return h, err
		}
	}
	h.Dir, h.Temp = filepath.Join(h.Root, "home"), filepath.Join(h.Root, "tmp")
	for _, dir := range []string{h.Dir, h.Temp} {
		if err := cmp.Or(os.Mkdir(dir, 0o700), h.give(dir)); err != nil {
			return h, err
		}
	}
	if h.Run, err = h.folder(memory); err == nil {
		h.InMemory = true
	} else if h.Run, err = h.folder(""); err != nil {
		return h, err
	}
	if err := h.give(h.Run); err != nil {
		return h, err
	}
	path := strings.Join(append(o.Path, os.Getenv("PATH")), string(filepath.ListSeparator))
	h.Env = map[string]string{
		"HOME": h.Dir, "TMPDIR": h.Temp, "XDG_RUNTIME_DIR": h.Run, "PATH": path, "LANG": "C",
		"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
	}
	if o.CA != "" {
		h.Env["SSL_CERT_FILE"] = o.CA
	}
	if runtime.GOOS == "windows" {
		// %APPDATA%\gcloud is the same folder below Dir as elsewhere.
		maps.Copy(h.Env, map[string]string{"USERPROFILE": h.Dir, "APPDATA": filepath.Join(h.Dir, ".config")})
	}
	return h, nil
}

// folder makes a folder that Close removes.
func (h *Home) folder(in string) (string, error) {
	dir, err := os.MkdirTemp(in, "ciam-")
	if err == nil {
		h.made = append(h.made, dir)
	}
	return dir, err
}

// Close removes the folders that were made.
func (h *Home) Close() error {
	var errs []error
	for _, dir := range h.made {
		errs = append(errs, os.RemoveAll(dir))
	}
	return errors.Join(errs...)
}

// give gives a file or folder to the home's user.
func (h *Home) give(path string) error {
	if h.own == nil {
		return nil
	}
	return h.own(path)
}

// Path is that of a file below the home folder; one that is absolute stays as it is.
func (h *Home) Path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(h.Dir, filepath.FromSlash(name))
}

// Write puts a file of mode 0600 at Path(name).
func (h *Home) Write(name string, content []byte) error {
	path := h.Path(name)
	if err := h.mkdir(filepath.Dir(path)); err != nil {
		return err
	}
	return cmp.Or(os.WriteFile(path, content, 0o600), h.give(path))
}

// mkdir makes a folder and those above it.
func (h *Home) mkdir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	return cmp.Or(h.mkdir(filepath.Dir(dir)), os.Mkdir(dir, 0o700), h.give(dir))
}

// Folder makes a new folder for temporary files.
func (h *Home) Folder(pattern string) (string, error) {
	dir, err := os.MkdirTemp(h.Temp, pattern)
	return dir, cmp.Or(err, h.give(dir))
}

// Getenv reads the environment of the programs.
func (h *Home) Getenv(name string) string { return h.Env[name] }

// Environ is the environment of the programs in the form of os.Environ, with more
// behind it.
func (h *Home) Environ(more ...string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(h.Env)) {
		all = append(all, name+"="+h.Env[name])
	}
	return append(all, more...)
}

// Helper is the environment for what is run in this process.
func (h *Home) Helper() helper.Env {
	return helper.Env{Getenv: h.Getenv, HomeDir: h.Dir, HomeFrom: "HOME", Now: time.Now}
}
