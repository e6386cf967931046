package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper/iam"
)

func TestSignBlob(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{
		"iam":        {"serviceAccount": deployer},
		"iam@gcr.io": {"serviceAccount": pusher},
	})
	payload := "bytes\x00\n\xff of any kind"
	type answer struct{ Signature, KeyID, ServiceAccount string }
	a := decodeJSON[answer](t, w.must(payload, "sign-blob", "--json"))
	sig, err := base64.StdEncoding.DecodeString(a.Signature)
	if err != nil || a.ServiceAccount != deployer {
		t.Fatalf("%v, %q", err, a.ServiceAccount)
	}
	if err := w.server.VerifyBlob(deployer, a.KeyID, []byte(payload), sig); err != nil {
		t.Error(err)
	}
	if got := w.must(payload, "sign-blob"); got != a.Signature { // PKCS #1 v1.5 signatures are deterministic
		t.Error("without --json: another signature")
	}
	a = decodeJSON[answer](t, w.must(payload, "sign-blob", "--json", "--host", "gcr.io"))
	if a.ServiceAccount != pusher {
		t.Errorf("--host: signed as %q", a.ServiceAccount)
	}
	w.must("", "sign-blob")
	w.must(strings.Repeat("x", iam.MaxPayload), "sign-blob")
	if line := w.fail(exitFailed, strings.Repeat("x", iam.MaxPayload+1), "sign-blob"); !strings.Contains(line, "1048576 bytes") {
		t.Errorf("the cap is not named: %q", line)
	}
}

func TestSignJWT(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	claims := fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":"https://api.example","iat":%d,"exp":%d}`,
		deployer, deployer, time.Now().Unix(), time.Now().Add(time.Hour).Unix())
	if _, err := w.server.VerifyAccountJWT(w.must(claims, "sign-jwt"), "https://api.example"); err != nil {
		t.Error(err)
	}
	type answer struct{ Token, KeyID, ServiceAccount string }
	a := decodeJSON[answer](t, w.must(claims, "sign-jwt", "--json"))
	if _, err := w.server.VerifyAccountJWT(a.Token, "https://api.example"); err != nil || a.ServiceAccount != deployer || a.KeyID == "" {
		t.Errorf("%v, %q, %q", err, a.ServiceAccount, a.KeyID)
	}
	w.server.ResetCalls()
	for _, bad := range []string{"", "[]", "not json", `{"exp":1}`, `{"exp":"soon"}`, `{"exp":99999999999}`} {
		w.fail(exitFailed, bad, "sign-jwt")
	}
	w.calls(0)
}

// Claims that cannot be signed are for the manual of the command, not for doctor.
func TestSignJWTMistakes(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	for _, claims := range []string{"", "{x", "[]", `{"exp":"x"}`, `{"exp":1}`, `{"exp":99999999999}`} {
		if line := w.fail(exitFailed, claims, "sign-jwt"); !strings.Contains(line, "run: credential-iam sign-jwt --help") {
			t.Errorf("%s: %q", claims, line)
		}
	}
}
