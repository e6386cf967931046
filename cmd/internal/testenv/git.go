package testenv

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Git runs git in a folder; an error holds what it printed.
func (h *Home) Git(dir string, args ...string) error {
	out, err := h.Try(dir, nil, "git", args...)
	if err != nil {
		return fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// GitPerson makes git's global configuration that of a person, and has git trust
// the home's certificates.
func (h *Home) GitPerson() error {
	text := "[user]\n\tname = Dev\n\temail = " + Person + "\n[init]\n\tdefaultBranch = main\n"
	if ca := h.Env["SSL_CERT_FILE"]; ca != "" {
		text += "[http]\n\tsslCAInfo = " + ca + "\n"
	}
	return h.Write(".gitconfig", []byte(text))
}

// Clone has git clone a URL into a new folder, which it returns.
func (h *Home) Clone(url string, args ...string) (string, error) {
	dir, err := h.Folder("clone-")
	if err != nil {
		return "", err
	}
	return dir, h.Git(h.Dir, append(append([]string{"clone", "--quiet"}, args...), url, dir)...)
}

// Commit adds a file of so many random bytes to the repository in dir. One that is
// to be pushed in chunks has the repository use HTTP/1.1: HTTP/2 has no chunks, and
// under load such a push of git 2.39 (libcurl 7.88) over HTTP/2 was twice seen to
// stop for ever, git's two processes waiting for each other and the server idle.
func (h *Home) Commit(dir, name string, size int) error {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
		return err
	}
	lines := [][]string{{"add", name}, {"commit", "--quiet", "--message", "add " + name}}
	if size > 1<<20 { // http.postBuffer
		lines = append(lines, []string{"config", "http.version", "HTTP/1.1"})
	}
	for _, args := range lines {
		if err := h.Git(dir, args...); err != nil {
			return err
		}
	}
	return nil
}

// Publish makes a repository with one commit at a URL, and returns its clone.
func (h *Home) Publish(url string) (string, error) {
	dir, err := h.Clone(url)
	if err == nil {
		err = h.Commit(dir, "first", 1000)
	}
	if err == nil {
		err = h.Git(dir, "push", "--quiet", "origin", "HEAD:main")
	}
	return dir, err
}
