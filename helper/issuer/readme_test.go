package issuer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/format"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer/issuertest"
)

// TestReadme builds the plugin of the README and runs it against a Vault that
// verifies its token.
func TestReadme(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok1 := bytes.Cut(page, []byte("```go\n"))
	program, _, ok2 := bytes.Cut(rest, []byte("```"))
	if !ok1 || !ok2 {
		t.Fatal("no program in README.md")
	}
	if clean, err := format.Source(program); err != nil || !bytes.Equal(clean, program) {
		t.Errorf("the example is not as gofmt writes it: %v", err)
	}
	if body := program[bytes.Index(program, []byte("type vault")):]; bytes.Count(body, []byte("\n")) > 40 {
		t.Errorf("the example has %d lines below its imports, want at most 40", bytes.Count(body, []byte("\n")))
	}
	dir := buildReadme(t, program)

	id := issuertest.NewIdentity(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Role, JWT string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.URL.Path != "/v1/auth/gcp/login" {
			http.Error(w, "odd", http.StatusNotFound)
			return
		}
		claims, err := id.Verify(in.JWT, "vault/"+in.Role)
		if err != nil || claims.Email != id.Email || in.Role != "push" {
			http.Error(w, "who", http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte(`{"auth":{"client_token":"hvs.token","lease_duration":3600}}`))
	}))
	defer server.Close()
	options := map[string]string{"address": server.URL, "role": "push"}
	token, err := issuertest.Run(t, dir, issuertest.Target("vault", host, options), id)
	if err != nil || token.Secret.Reveal() != "hvs.token" || token.Username != "vault" {
		t.Fatalf("%+v, %v", token, err)
	}
	options["role"] = "admin"
	_, err = issuertest.Run(t, dir, issuertest.Target("vault", host, options), id)
	if e := problem(t, err); e.Who != helper.Admin || !strings.Contains(e.Reason, "vault refused: status 403") {
		t.Error(e)
	}
	server.Close()
	_, err = issuertest.Run(t, dir, issuertest.Target("vault", host, options), id)
	if e := problem(t, err); !e.Unreachable {
		t.Error(e)
	}
}

// buildReadme builds the program as if it stood in a folder of the module.
func buildReadme(t *testing.T, program []byte) string {
	t.Helper()
	dir := issuertest.Dir(t)
	src, err1 := filepath.Abs(filepath.Join("testdata", "readme", "main.go"))
	overlay, err2 := json.Marshal(map[string]any{"Replace": map[string]string{src: filepath.Join(dir, "main.go")}})
	err3 := os.WriteFile(filepath.Join(dir, "main.go"), program, 0o600)
	err4 := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, exe("credential-iam-issuer-vault"))
	text, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", out, "./testdata/readme").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := os.Chmod(out, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
