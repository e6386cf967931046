package iamtest

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// GitOptions say how a GitServer is made.
type GitOptions struct {
	// Dir is the folder that repositories are made in. It must exist.
	Dir string
	// TLS serves https by the Server's authority.
	TLS bool
	// Login is the kind of login; the zero value takes access tokens.
	Login GitLogin
	// Users are the Basic user names that are let in; nil means any.
	Users []string
	// Audience is what ID tokens must be for; "" means the server's own URL.
	Audience string
}

// GitRequest is one request to a GitServer.
type GitRequest struct {
	Method, Path string
	// Service is git-upload-pack or git-receive-pack.
	Service string
	// Header is the header that the login came in, "" without one; Kind its
	// scheme as sent, User the Basic user name.
	Header, Kind, User string
	// Principal is whom the server took the caller for.
	Principal string
	Status    int
	// Bytes is the size of the request body as sent, Chunked that it had no length.
	Bytes   int64
	Chunked bool
}

// GitServer is git's smart HTTP by `git http-backend`, behind a login of the
// kinds that git hosts on Google have. A repository is made when somebody who
// may write first asks for it.
type GitServer struct {
	access
	// URL and Host are where it listens.
	URL, Host string

	server *Server
	opts   GitOptions
	git    string

	mu   sync.Mutex
	seen []GitRequest
}

// NewGitServer starts a GitServer; it ends with the Server. Without git on the
// PATH it fails with exec.ErrNotFound.
func NewGitServer(s *Server, opts GitOptions) (*GitServer, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("stand-in: %w", err)
	}
	if opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
		return nil, fmt.Errorf("stand-in: %w", err)
	}
	g := &GitServer{server: s, opts: opts, git: git}
	l, err := s.listen(g, opts.TLS)
	if err != nil {
		return nil, err
	}
	g.URL, g.Host = l.url, l.host
	return g, nil
}

// Requests returns every request so far, oldest first.
func (g *GitServer) Requests() []GitRequest {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.seen)
}

// Repository returns the folder of a repository by its path in the URL.
func (g *GitServer) Repository(path string) string {
	return filepath.Join(g.opts.Dir, filepath.FromSlash(strings.Trim(path, "/")))
}

// gitPath is compiled when a server first wants it: the core has this package for
// its demo, and should not pay for it at every start.
var gitPath = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^/((?:[A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*)/(info/refs|git-upload-pack|git-receive-pack|HEAD|objects/.+)$`)
})

// ServeHTTP serves smart HTTP to who passes the login.
func (g *GitServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := GitRequest{Method: r.Method, Path: r.URL.Path, Chunked: r.ContentLength < 0}
	sw := &statusWriter{ResponseWriter: w}
	defer func() {
		seen.Status = sw.status
		g.mu.Lock()
		g.seen = append(g.seen, seen)
		g.mu.Unlock()
	}()
	m := gitPath().FindStringSubmatch(r.URL.Path)
	if m == nil {
		notFoundPage(r.URL.Path).write(sw)
		return
	}
	repo, leaf := m[1], m[2]
	seen.Service = leaf
	if leaf == "info/refs" {
		seen.Service = r.URL.Query().Get("service")
	}
	if refusal := g.login(r, &seen); refusal != nil {
		refusal.write(sw)
		return
	}
	may := g.mayRead
	if seen.Service == "git-receive-pack" {
		may = g.mayWrite
	}
	if !may(seen.Principal) {
		text(http.StatusForbidden, "The caller does not have permission\n").write(sw)
		return
	}
	if err := g.ensure(r, repo, seen.Principal); err != nil {
		text(http.StatusNotFound, "repository not found\n").write(sw)
		return
	}
	n, err := g.backend(sw, r, seen.Principal)
	if seen.Bytes = n; err != nil {
		text(http.StatusInternalServerError, err.Error()+"\n").write(sw)
	}
}

// ensure makes a missing repository for who may write.
func (g *GitServer) ensure(r *http.Request, repo, principal string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	dir := g.Repository(repo)
	if _, err := os.Stat(filepath.Join(dir, "HEAD")); err == nil {
		return nil
	}
	if !g.mayWrite(principal) {
		return errors.New("no such repository")
	}
	cmd := exec.CommandContext(r.Context(), g.git, "init", "--quiet", "--bare", "--initial-branch=main", dir)
	cmd.Env = append(slices.DeleteFunc(cmd.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GIT_") // of a hook or a test that we may run in
	}), isolated()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git init: %w: %s", err, out)
	}
	return nil
}

// isolated keeps a person's git configuration out of the server.
func isolated() []string {
	return []string{"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_TERMINAL_PROMPT=0"}
}

// backend runs git http-backend. The body goes through a file, because CGI has
// no chunked bodies and pushes may be larger than memory should hold.
func (g *GitServer) backend(w http.ResponseWriter, r *http.Request, principal string) (int64, error) {
	f, err := os.CreateTemp("", "iamtest-git-*")
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	n, err := io.Copy(f, r.Body)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return n, err
	}
	r = r.Clone(r.Context())
	r.Body, r.ContentLength, r.TransferEncoding = f, n, nil
	for _, secret := range []string{"Authorization", "Proxy-Authorization", serverlessHeader} {
		r.Header.Del(secret) // CGI would put them in the environment
	}
	h := &cgi.Handler{
		Path: g.git, Args: []string{"http-backend"}, Root: "/", Dir: g.opts.Dir,
		Env: append(isolated(),
			"GIT_PROJECT_ROOT="+g.opts.Dir, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER="+principal,
			"GIT_PROTOCOL="+r.Header.Get("Git-Protocol"),
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"),
		Logger: log.New(io.Discard, "", 0), Stderr: io.Discard,
	}
	h.ServeHTTP(w, r)
	return n, nil
}
