package clients

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// mirror is a release's address that leads to another server, of https or of plain
// http, which counts who comes.
type mirror struct {
	address string
	env     []string
	asked   atomic.Int32
}

// newMirror makes one that curl and wget trust by what is in env.
func newMirror(t *testing.T, plain bool) *mirror {
	t.Helper()
	m := &mirror{}
	leads := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		m.asked.Add(1)
		fmt.Fprintln(w, "echo from the other server")
	}))
	if plain {
		leads.Start()
	} else {
		leads.StartTLS()
	}
	t.Cleanup(leads.Close)
	server := httptest.NewTLSServer(http.RedirectHandler(leads.URL+"/x", http.StatusFound))
	t.Cleanup(server.Close)
	roots, settings := filepath.Join(t.TempDir(), "roots.pem"), filepath.Join(t.TempDir(), "wgetrc")
	put(t, roots, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	put(t, settings, "ca_certificate = "+roots+"\n")
	m.address, m.env = server.URL, []string{"CURL_CA_BUNDLE=" + roots, "WGETRC=" + settings, "no_proxy=*", "NO_PROXY=*"}
	return m
}

// only is a PATH with one program that fetches, and what install.sh needs besides.
func only(t *testing.T, fetcher string) string {
	t.Helper()
	dir := toolbox(t, "", "")
	for _, tool := range []string{fetcher, "uname", "sha256sum", "tar"} {
		if err := os.Symlink(parts.Program(t, tool), filepath.Join(dir, tool)); err != nil {
			t.Fatal(err)
		}
	}
	return "PATH=" + dir
}

// A redirect of an https address to another one is followed, as releases need it; one to
// plain http is not, whichever program fetches.
func TestInstallRedirect(t *testing.T) {
	for _, fetcher := range []string{"curl", "wget"} {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s plain=%v", fetcher, plain), func(t *testing.T) {
				m := newMirror(t, plain)
				got := install(t, filepath.Join(repository(t), "install.sh"), t.TempDir(), append(m.env, only(t, fetcher)),
					"--from", m.address, "--bin-dir", filepath.Join(t.TempDir(), "bin"))
				wantAsked(t, m, plain)
				wantAsked(t, m, plain)
				says := "has no archive for " // SHA256SUMS was fetched, and names none
				if plain {
					says = "http"
				}
				why := strings.TrimPrefix(got.stderr, "install.sh: cannot fetch "+m.address+"/SHA256SUMS (")
				if got.code != 1 || !oneLine(got.stderr) || (why != got.stderr) != plain || !strings.Contains(why, says) {
					t.Errorf("%+v, want %q", got, says)
				}
			})
		}
	}
}

// So it is with what GitLab's template fetches install.sh itself with.
func TestGitLabRedirect(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(repository(t), "ci", "gitlab.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]struct {
		BeforeScript []string `yaml:"before_script"`
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(file[".credential-iam"].BeforeScript[0], `fetch "$CREDENTIAL_IAM_RELEASE`)
	_, define, defined := strings.Cut(before, "\nfetch()")
	if !ok || !defined {
		t.Fatal("the template defines no fetch")
	}
	for _, fetcher := range []string{"curl", "wget"} {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s plain=%v", fetcher, plain), func(t *testing.T) {
				m := newMirror(t, plain)
				out := filepath.Join(t.TempDir(), "out")
				cmd := exec.CommandContext(t.Context(), parts.Program(t, "sh"), "-c", "fetch()"+define+`fetch "$1/install.sh" "$2"`, "sh", m.address, out)
				cmd.Env = append(append(os.Environ(), m.env...), only(t, fetcher))
				log, err := cmd.CombinedOutput()
				wantAsked(t, m, plain)
				if (err != nil) != plain {
					t.Errorf("%v\n%s", err, log)
				}
			})
		}
	}
}

// wantAsked checks that the other server was asked, or was not if it is a plain one.
func wantAsked(t *testing.T, m *mirror, plain bool) {
	t.Helper()
	if asked := m.asked.Load() > 0; asked == plain {
		t.Errorf("the other server was asked: %v", asked)
	}
}
