package source

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// jwt is a token with the claims, signed by nobody.
func jwt(claims string) string {
	return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

// TestPrincipalOf: the next token of the same principal has the same print, and
// whatever a pool's attribute mapping can look at makes another.
func TestPrincipalOf(t *testing.T) {
	const one = `{"iss":"https://ci.example.com","sub":"repo:a","aud":"x","exp":1,"iat":1,"jti":"1","env":"prod","kubernetes.io":{"namespace":"n","warnafter":1}}`
	base := principalOf(jwt(one))
	if base.Name != "repo:a" || base.Token.Reveal() != jwt(one) || base.Unknown != "" {
		t.Errorf("%+v", base)
	}
	for claims, same := range map[string]bool{
		`{"iss":"https://ci.example.com","sub":"repo:a","aud":"x","exp":2,"iat":2,"nbf":2,"jti":"2","env":"prod","kubernetes.io":{"namespace":"n","warnafter":2}}`: true,
		`{"iss":"https://ci.example.com","sub":"repo:b","aud":"x","exp":1,"iat":1,"jti":"1","env":"prod","kubernetes.io":{"namespace":"n","warnafter":1}}`:         false,
		`{"iss":"https://other.example.com","sub":"repo:a","aud":"x","exp":1,"env":"prod","kubernetes.io":{"namespace":"n"}}`:                                      false,
		`{"iss":"https://ci.example.com","sub":"repo:a","aud":"x","exp":1,"env":"test","kubernetes.io":{"namespace":"n"}}`:                                         false,
		`{"iss":"https://ci.example.com","sub":"repo:a","aud":"x","exp":1,"env":"prod","kubernetes.io":{"namespace":"m"}}`:                                         false,
		`{"iss":"https://ci.example.com","sub":"repo:a","aud":"x","exp":1,"env":"prod"}`:                                                                           false,
		`{"iss":"https://ci.example.com","sub":"repo:a","aud":["x"],"env":"prod","kubernetes.io":{"namespace":"n"}}`:                                               false,
	} {
		if got := principalOf(jwt(claims)).print == base.print; got != same {
			t.Errorf("%s is the same principal: %v, want %v", claims, got, same)
		}
	}
	for _, opaque := range []string{"x", "a.b.c", "a.b.d", jwt("[]"), jwt("{"), "<saml/>"} {
		if p := principalOf(opaque); p.print == "" || p.print == base.print || p.Name != "" {
			t.Errorf("%q: %+v", opaque, p)
		}
	}
}

// TestDigest: other parts are another digest, however they are joined.
func TestDigest(t *testing.T) {
	seen := map[string][]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"1:a", "b"}, {"a1:b"}, {"a", "1:b"}, {"1", "a"}, {"1a"}} {
		d := Digest(parts...)
		if other, ok := seen[d]; ok {
			t.Errorf("%q and %q are the same", other, parts)
		}
		seen[d] = parts
	}
}

// TestReadOutput: an output_file that does not say when its token expires may be of
// last year's identity.
func TestReadOutput(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for expires, good := range map[string]bool{`,"expiration_time":1700000001`: true, `,"expiration_time":1700000000`: false, `,"expiration_time":0`: false, "": false} {
		path := filepath.Join(t.TempDir(), "output")
		reply := `{"version":1,"success":true,"token_type":"urn:ietf:params:oauth:token-type:jwt","id_token":"x"` + expires + "}"
		if err := os.WriteFile(path, []byte(reply), 0o600); err != nil {
			t.Fatal(err)
		}
		token, err := (Subject{OutputFile: path}).ReadOutput(now)
		if (err == nil) != good || (token == "x") != good {
			t.Errorf("%s: %q, %v", reply, token, err)
		}
	}
}

// TestGcloudPrincipal: a federation that gcloud is told to use has somebody behind
// it as well.
func TestGcloudPrincipal(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	find := func(override string) helper.Source {
		env := helper.Env{Now: time.Now, Getenv: func(name string) string {
			return map[string]string{"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": override, "CLOUDSDK_CONFIG": dir}[name]
		}}
		s, ok := gcloudSource(env, ReadGcloud(env))
		if !ok {
			t.Fatal("gcloud is not found")
		}
		return s
	}
	token := write("token", jwt(`{"sub":"one"}`))
	file := write("file.json", `{"type":"external_account","credential_source":{"file":"`+token+`"}}`)
	one := find(file)
	write("token", jwt(`{"sub":"two"}`))
	if two := find(file); two.Fingerprint == one.Fingerprint || two.Fingerprint == "" {
		t.Errorf("%+v and %+v", one, two)
	}
	write("token", jwt(`{"sub":"one","exp":1}`))
	if again := find(file); again != one {
		t.Errorf("%+v and %+v", one, again)
	}
	url := write("url.json", `{"type":"external_account","credential_source":{"url":"http://127.0.0.1/"}}`)
	if s := find(url); s.Fingerprint != "" || s.Unshared == "" {
		t.Errorf("%+v", s)
	}
}

// TestURLPrincipal: a document with the JWT of one job is that job's. Any other header
// may be of a server that answers for somebody else the next time.
func TestURLPrincipal(t *testing.T) {
	for value, known := range map[string]bool{
		"Bearer " + jwt(`{"sub":"job"}`): true, jwt(`{"sub":"job"}`): true,
		"": false, "Basic dXNlcjpwYXNzd29yZA==": false, "Bearer opaque": false, "Bearer a.b.c": false,
	} {
		for _, name := range []string{"Authorization", "authorization"} {
			p := ofURL.principal(Subject{URL: "http://127.0.0.1/", Headers: map[string]string{name: value, "Metadata": "True"}}, helper.Env{})
			if (p.Unknown == "") != known {
				t.Errorf("%s: %.20s...: %+v, want known %v", name, value, p, known)
			}
		}
	}
	if p := ofURL.principal(Subject{URL: "http://127.0.0.1/", Headers: map[string]string{"X-Job": jwt(`{"sub":"job"}`)}}, helper.Env{}); p.Unknown == "" {
		t.Error("another header with a JWT")
	}
}
