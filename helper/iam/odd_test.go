package iam

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// in16 is a text in UTF-16.
func in16(text []byte, order binary.ByteOrder, mark bool) []byte {
	units := utf16.Encode([]rune(string(text)))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	b := make([]byte, 2*len(units))
	for i, u := range units {
		order.PutUint16(b[2*i:], u)
	}
	return b
}

// What an editor, a shell or a template has done to a credential file without harm
// is undone.
func TestOddFilesRead(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(builder, iamtest.RoleTokenCreator, deployer)
	key := w.s.KeyADC(builder)
	var members map[string]any
	if err := json.Unmarshal(key, &members); err != nil {
		t.Fatal(err)
	}
	private := members["private_key"].(string)
	with := func(private string) []byte { return w.edit(key, map[string]any{"private_key": private}) }
	for name, doc := range map[string][]byte{
		"BOM":                     append([]byte("\xef\xbb\xbf"), key...),
		"UTF-16 of PowerShell":    in16(key, binary.LittleEndian, true),
		"UTF-16, big":             in16(key, binary.BigEndian, true),
		"UTF-16 without a mark":   in16(key, binary.LittleEndian, false),
		"CRLF":                    []byte(strings.ReplaceAll(string(key), "\n", "\r\n")),
		"key with literal \\n":    with(strings.ReplaceAll(private, "\n", `\n`)),
		"key with literal \\r\\n": with(strings.ReplaceAll(private, "\n", `\r\n`)),
		"key with blanks":         with(strings.ReplaceAll(private, "\n", " ")),
		"key in one line":         with(strings.ReplaceAll(private, "\n", "")),
		"key in quotes":           with(`"` + private + `"`),
		"key with indents":        with(strings.ReplaceAll(private, "\n", "\n    ")),
	} {
		t.Run(name, func(t *testing.T) {
			w.T = t
			w.c = w.client()
			w.wantPrincipal(w.mint(w.target(doc, deployer)), deployer)
		})
	}
	token := w.file("token", in16([]byte(w.s.SubjectToken("job")+"\r\n"), binary.LittleEndian, true))
	w.s.Grant(w.s.WorkloadPrincipal("job").Email, iamtest.RoleTokenCreator, deployer)
	w.T = t
	w.wantPrincipal(w.mint(w.target(w.s.ExternalADC(iamtest.ExternalOptions{File: token}), deployer)), deployer)
}

// The rest is named as what it is, and where.
func TestOddFilesNamed(t *testing.T) {
	w := newWorld(t)
	key := w.s.KeyADC(builder)
	pemOf := func(kind string, der []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return w.edit(key, map[string]any{"private_key": string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))})
	}
	curve := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	es8, err8 := x509.MarshalPKCS8PrivateKey(curve)
	es1, err1 := x509.MarshalECPrivateKey(curve)
	ed8, errEd := x509.MarshalPKCS8PrivateKey(edwards)
	for name, c := range map[string]struct {
		doc  []byte
		want string
	}{
		"empty":                  {nil, "empty"},
		"blank":                  {[]byte(" \n"), "empty"},
		"trailing comma":         {[]byte("{\n  \"type\": \"authorized_user\",\n  \"client_id\": \"x\",\n}\n"), "line 4, column 1: there is a comma"},
		"trailing comma in list": {[]byte(`{"type":"impersonated_service_account","delegates":["a",]}`), "comma"},
		"cut off":                {[]byte("{\"type\":\n\"authorized_user\""), "line 2"},
		"a number for a string":  {w.edit(w.s.UserADC(alice), map[string]any{"client_id": 12345}), "client_id is a JSON number"},
		"a string for a list":    {w.edit(w.s.ImpersonatedADC(w.s.UserADC(alice), middle), map[string]any{"delegates": "a"}), "delegates is a JSON string"},
		"a PEM file":             {[]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "PEM"},
		"twice":                  {[]byte(`{"type":"authorized_user","client_id":"x","client_id":"y"}`), "client_id"},
		"ES256":                  {pemOf("PRIVATE KEY", es8, err8), "ES256"},
		"ES256, SEC 1":           {pemOf("EC PRIVATE KEY", es1, err1), "ES256"},
		"Ed25519":                {pemOf("PRIVATE KEY", ed8, errEd), "Ed25519"},
		"encrypted key":          {pemOf("ENCRYPTED PRIVATE KEY", []byte{1}, nil), "encrypted"},
		"certificate":            {pemOf("CERTIFICATE", []byte{1}, nil), "private_key"},
		"half a key":             {pemOf("PRIVATE KEY", es8[:20], nil), "private_key"},
	} {
		t.Run(name, func(t *testing.T) {
			w.T = t
			w.wantError(w.target(c.doc, deployer), "bad-source", c.want)
			w.calls(0)
		})
	}
}
