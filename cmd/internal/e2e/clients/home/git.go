package home

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
)

// Clone has git clone a URL and returns the folder.
func (h *Home) Clone(t *testing.T, url string, args ...string) string {
	t.Helper()
	dir, err := os.MkdirTemp(h.Env["TMPDIR"], "clone-")
	if err != nil {
		t.Fatal(err)
	}
	h.Must(t, h.Dir, nil, "git", append(append([]string{"clone", "--quiet"}, args...), url, dir)...)
	return dir
}

// Commit adds a file of so many random bytes to the repository in dir. One that is
// to be pushed in chunks has the repository use HTTP/1.1: HTTP/2 has no chunks, and
// under load such a push of git 2.39 (libcurl 7.88) over HTTP/2 was twice seen to
// stop for ever, git's two processes waiting for each other and the server idle.
func (h *Home) Commit(t *testing.T, dir, name string, size int) {
	t.Helper()
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
		t.Fatal(err)
	}
	if size > 1<<20 { // http.postBuffer
		h.Must(t, dir, nil, "git", "config", "http.version", "HTTP/1.1")
	}
	h.Must(t, dir, nil, "git", "add", name)
	h.Must(t, dir, nil, "git", "commit", "--quiet", "--message", "add "+name)
}

// Publish makes a repository with one commit at a URL, and returns its clone.
func (h *Home) Publish(t *testing.T, url string) string {
	t.Helper()
	dir := h.Clone(t, url)
	h.Commit(t, dir, "first", 1000)
	h.Must(t, dir, nil, "git", "push", "--quiet", "origin", "HEAD:main")
	return dir
}
