package clients

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// The go command asks git for the credential of a module proxy (GOAUTH=git), and
// git asks us. It offers git no bearer tokens, and reads what a helper says on
// standard error as if it were an answer.
func TestGoModulesThroughGit(t *testing.T) {
	parts.Program(t, "git")
	gocmd := parts.Program(t, "go")
	if runtime.GOOS != "linux" {
		t.Skip("SSL_CERT_FILE is Linux's")
	}
	w := newWorld(t)
	content := envtest.ModuleFiles(t, "")
	proxy := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if principal, _, ok := w.iam.Inspect(password); !ok || principal != deployer || user != deployer {
			rw.Header().Set("WWW-Authenticate", `Basic realm="modules"`)
			http.Error(rw, "credentials needed", http.StatusUnauthorized)
			return
		}
		file, ok := content[r.URL.Path]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		_, _ = io.WriteString(rw, file)
	}))
	t.Cleanup(proxy.Close)
	roots := slices.Concat(w.iam.CAPEM, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw}))
	w.Write(t, "roots.pem", roots)
	w.Env["SSL_CERT_FILE"] = filepath.Join(w.Dir, "roots.pem")
	w.addHost(strings.TrimPrefix(proxy.URL, "https://"), nil)
	w.git(t, w.Dir, "config", "--global", "http.sslCAInfo", w.Env["SSL_CERT_FILE"])
	w.gitHelper(t, proxy.URL)

	w.Write(t, "module/go.mod", []byte("module test\n\ngo 1.24\n"))
	dir := filepath.Join(w.Dir, "module")
	get := func(goauth string) (string, error) {
		gopath := w.Folder(t, "gopath-")
		return w.Try(dir, []string{
			"GOPATH=" + gopath, "GOCACHE=" + filepath.Join(gopath, "cache"), "GOFLAGS=-modcacherw", "GOENV=off",
			"GOPROXY=" + proxy.URL, "GOSUMDB=off", "GOTOOLCHAIN=local", "GOAUTH=" + goauth,
		}, gocmd, "mod", "download", "private.example/m@v1.0.0")
	}
	if out, err := get("off"); err == nil {
		t.Fatalf("the module proxy served somebody without a token:\n%s", out)
	}
	if out, err := get("git " + dir); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.wantMints(t, 1)
}
