package git

import (
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// registry is a Go module proxy under the real name of Artifact Registry's, which
// wants the user name of registries.
type registry struct {
	w *world

	mu     sync.Mutex
	let    int
	others []string
	files  map[string]string
}

func newRegistry(t *testing.T, w *world) *registry {
	t.Helper()
	r := &registry{w: w, files: envtest.ModuleFiles(t, "/proj/modules")}
	url, err := w.iam.Serve(r, true)
	if err != nil {
		t.Fatal(err)
	}
	w.net.Lead("europe-go.pkg.dev", url)
	return r
}

// seen returns how many requests were let in, and which other user names came.
func (r *registry) seen() (let int, others []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.let, slices.Clone(r.others)
}

// ServeHTTP implements http.Handler.
func (r *registry) ServeHTTP(rw http.ResponseWriter, q *http.Request) {
	user, password, basic := q.BasicAuth()
	principal, _, ok := r.w.iam.Inspect(password)
	r.mu.Lock()
	if basic && user != "oauth2accesstoken" {
		r.others = append(r.others, user)
	}
	good := ok && principal == deployer && user == "oauth2accesstoken"
	if good {
		r.let++
	}
	r.mu.Unlock()
	file, known := r.files[q.URL.Path]
	switch {
	case !good:
		rw.Header().Set("WWW-Authenticate", `Basic realm="Google Artifact Registry"`)
		http.Error(rw, "credentials needed", http.StatusUnauthorized)
	case !known:
		http.NotFound(rw, q)
	default:
		_, _ = io.WriteString(rw, file)
	}
}

// Private Go modules in Artifact Registry, by the go command's two ways. Both need
// nothing but a token: the host is one of Google's.
func TestGoModules(t *testing.T) {
	gocmd := parts.Program(t, "go")
	if runtime.GOOS != "linux" {
		t.Skip("SSL_CERT_FILE is Linux's")
	}
	oldAndNew(t, func(t *testing.T, w *world) {
		r := newRegistry(t, w)
		w.configure(t, "--git", "europe-go.pkg.dev")
		w.Write(t, "module/go.mod", []byte("module test\n\ngo 1.24\n"))
		dir := filepath.Join(w.Dir, "module")
		w.Env["HTTPS_PROXY"] = w.net.URL
		w.Env["GOPROXY"] = "https://europe-go.pkg.dev/proj/modules"
		for key, value := range map[string]string{"GOFLAGS": "-modcacherw", "GOENV": "off", "GOSUMDB": "off", "GOTOOLCHAIN": "local"} {
			w.Env[key] = value
		}
		for _, auth := range []string{"git " + dir, "credential-iam goauth"} {
			w.Env["GOAUTH"] = auth
			w.Env["GOPATH"] = w.Folder(t, "gopath-")
			w.Env["GOCACHE"] = filepath.Join(w.Env["GOPATH"], "cache")
			before, _ := r.seen()
			if out, err := w.try(dir, gocmd, "mod", "download", "private.example/m@v1.0.0"); err != nil {
				t.Errorf("GOAUTH=%s: %v\n%s", auth, err, out)
			}
			if let, _ := r.seen(); let == before {
				t.Errorf("GOAUTH=%s: nothing was fetched with a token", auth)
			}
		}
		if _, others := r.seen(); len(others) > 0 {
			t.Errorf("user names %q, want oauth2accesstoken alone", others)
		}
		w.wantCalls(t, 1, "generateAccessToken")
	})
}
