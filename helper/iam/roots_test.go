package iam

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestRoots has a server whose authority is not among the few roots: all of the
// system's are asked, and the request is sent whole.
func TestRoots(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux reads its roots from files")
	}
	s, err := iamtest.NewServer(iamtest.Options{TLS: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other, err := iamtest.NewServer(iamtest.Options{TLS: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	quick := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pickRoots(bytes.NewReader(other.CAPEM)), MinVersion: tls.VersionTLS12}}
	full := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pickRoots(bytes.NewReader(s.CAPEM)), MinVersion: tls.VersionTLS12}}
	defer quick.CloseIdleConnections()
	defer full.CloseIdleConnections()
	s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	s.ServiceAccount(deployer)
	w := newWorld(t)
	w.s = s
	c := New(Options{Env: w.c.env, Transport: newRootsTransport(newProxies(w.c.env), full, func() *http.Transport { return quick })})
	if _, err := c.Mint(t.Context(), w.target(s.UserADC(alice), deployer)); err != nil {
		t.Fatal(err)
	}
}

// TestFewRoots picks from the system's bundle what Google's servers need.
func TestFewRoots(t *testing.T) {
	env := helper.Env{Getenv: func(string) string { return "" }}
	if runtime.GOOS != "linux" {
		if fewRoots(env) != nil {
			t.Error("roots where the platform verifies")
		}
		return
	}
	found := false
	for _, path := range bundles {
		if b, err := os.ReadFile(path); err == nil && strings.Contains(string(b), "BEGIN") {
			found = true
			break
		}
	}
	if !found {
		t.Skip("no bundle of roots on this machine")
	}
	pool := fewRoots(env)
	if pool == nil {
		t.Fatal("none of the system's roots is Google's")
	}
	missing := helper.Env{Getenv: func(name string) string {
		if name == "SSL_CERT_FILE" {
			return filepath.Join(t.TempDir(), "none")
		}
		return ""
	}}
	if fewRoots(missing) != nil {
		t.Error("SSL_CERT_FILE is not honoured")
	}
}

// root returns a root certificate of an organization, as PEM.
func root(t *testing.T, organization, name string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		Subject: pkix.Name{Country: []string{"US"}, Organization: []string{organization}, CommonName: name},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// names returns the names of those of the certificates that a pool has.
func names(t *testing.T, pool *x509.CertPool, among map[string]string) string {
	t.Helper()
	var found []string
	for _, name := range []string{"R1", "R2", "GS1", "other"} {
		block, _ := pem.Decode([]byte(among[name]))
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if pool != nil {
			if _, err := c.Verify(x509.VerifyOptions{Roots: pool}); err == nil {
				found = append(found, name)
			}
		}
	}
	return strings.Join(found, " ")
}

// TestPickRoots looks through bundles of all kinds.
func TestPickRoots(t *testing.T) {
	certs := map[string]string{
		"R1":    root(t, "Google Trust Services LLC", "GTS Root R1"),
		"R2":    root(t, "Google Trust Services LLC", "GTS Root R2"),
		"GS1":   root(t, "GlobalSign nv-sa", "GlobalSign Root"),
		"other": root(t, "Other", "Other Root"),
	}
	others := strings.Repeat(certs["other"], 10)
	unparsed := "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	for name, c := range map[string]struct{ bundle, want string }{
		"empty":                  {"", ""},
		"no certificate":         {"# nothing here\n", ""},
		"one that is none":       {unparsed, ""},
		"few":                    {certs["other"] + certs["R1"], "R1 other"},
		"eight are few":          {strings.Repeat(certs["other"], 8), "other"},
		"nine are not":           {strings.Repeat(certs["other"], 9), ""},
		"Google's own":           {others + certs["GS1"] + certs["R1"] + others + certs["R2"], "R1 R2"},
		"none of its own":        {others + certs["GS1"] + others, "GS1"},
		"its own are broken":     {others + certs["GS1"] + certs["R1"][:300] + "%" + certs["R1"][300:], "GS1"},
		"among broken ones":      {strings.Repeat(unparsed, 10) + certs["R1"], "R1"},
		"other line ends":        {strings.ReplaceAll(others+certs["R1"], "\n", "\r\n"), "R1"},
		"comments":               {"# a\n" + others + "# GTS\n=====\n" + certs["R1"] + "# b", "R1"},
		"cut off":                {others + certs["R1"] + certs["R2"][:200], "R1"},
		"an end without begin":   {"-----END CERTIFICATE-----\n" + others + certs["R1"], "R1"},
		"a long comment":         {others + strings.Repeat("#", 3*window) + "\n" + certs["R1"], "R1"},
		"more than the window":   {others + certs["R1"] + "-----BEGIN CERTIFICATE-----" + strings.Repeat("A", window) + certs["R2"], "R1"},
		"a million of them":      {strings.Repeat(others, 300) + certs["R2"], "R2"},
		"begins at the very end": {others + certs["R1"] + "-----BEGIN CERTIFICATE-----", "R1"},
	} {
		if got := names(t, pickRoots(strings.NewReader(c.bundle)), certs); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if got := names(t, pickRoots(iotest.OneByteReader(strings.NewReader(c.bundle))), certs); got != c.want {
			t.Errorf("%s, byte by byte: got %q, want %q", name, got, c.want)
		}
		if pool := pickRoots(strings.NewReader(c.bundle)); c.want == "" && pool != nil {
			t.Errorf("%s: an empty pool, which trusts nobody instead of the system", name)
		}
	}
	// Every way in which a certificate can lie across the end of the window.
	for shift := range len(certs["R1"]) + 2 {
		bundle := others + strings.Repeat("\n", window-len(others)-shift) + certs["R1"] + others
		if got := names(t, pickRoots(strings.NewReader(bundle)), certs); got != "R1" {
			t.Fatalf("%d bytes before the end of the window: got %q", shift, got)
		}
	}
}
