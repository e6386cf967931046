package issuer_test

import (
	"bytes"
	"encoding/json"
	"go/format"
	"net/http"
	"net/http/httptest"
	"os"
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
	if _, err := format.Source(program); err != nil {
		t.Fatal(err)
	}
	if body := program[bytes.Index(program, []byte("type vault")):]; bytes.Count(body, []byte("\n")) > 40 {
		t.Errorf("the example has %d lines below its imports, want at most 40", bytes.Count(body, []byte("\n")))
	}
	// The program is built inside the module, as a folder of its own in testdata.
	src, err := os.MkdirTemp("testdata", "readme-")
	if err != nil {
		t.Skip(err) // a read-only source tree
	}
	defer func() { _ = os.RemoveAll(src) }()
	if err := os.WriteFile(filepath.Join(src, "main.go"), program, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := issuertest.Build(t, "vault", "./"+filepath.ToSlash(src))

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
