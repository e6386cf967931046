package iam

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"io"
	"os"
	"runtime"
	"slices"

	"github.com/credential-iam/credential-iam/helper"
)

// bundles are where systems keep all roots in one file; Go reads the first that
// exists (crypto/x509, root_linux.go) and then every file of two directories.
var bundles = [...]string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// owners name the roots that Google's front ends are certified by, the ones to
// look for first (pki.goog/faq): the other vouches for Google's own where a system
// does not have these.
var owners = [...][]byte{[]byte("Google Trust Services"), []byte("GlobalSign")}

const (
	fewCerts = 8
	// window is how much of a bundle is in memory at a time: all of it would be
	// fifty fresh pages, which cost more than to look through them.
	window = 32 << 10
	// issuerEnd is how much of a certificate's base64 holds the name of its
	// issuer, which is a root's own.
	issuerEnd = 400
)

// fewRoots returns those of the system's roots that are likely to be needed, or
// nil where the platform verifies by itself or has no such file. SSL_CERT_FILE
// replaces the file, as in Go.
func fewRoots(env helper.Env) *x509.CertPool {
	if runtime.GOOS != "linux" {
		return nil
	}
	paths := bundles[:]
	if path := env.Getenv("SSL_CERT_FILE"); path != "" {
		paths = []string{path}
	}
	for _, path := range paths {
		if f, err := os.Open(path); err == nil {
			defer f.Close() //nolint:errcheck // only read
			return pickRoots(f)
		}
	}
	return nil
}

// pickRoots parses the certificates of the first owner that has some in a
// bundle; all, if they are few. A bundle has 150 of them, so most are only
// looked at. What is overlooked costs a second handshake, no trust.
func pickRoots(bundle io.Reader) *x509.CertPool {
	var all [][]byte // DER
	owned := make([][][]byte, len(owners))
	head := make([]byte, base64.StdEncoding.DecodedLen(issuerEnd))
	count := 0
	certs := bufio.NewScanner(bundle)
	certs.Buffer(make([]byte, window), window)
	certs.Split(splitPEM)
	for certs.Scan() {
		text := certs.Bytes()
		if count++; count <= fewCerts {
			all = append(all, decodeBase64(nil, text))
		}
		name := decodeBase64(head, text[:min(len(text), issuerEnd)])
		for i, o := range owners {
			if bytes.Contains(name, o) {
				owned[i] = append(owned[i], decodeBase64(nil, text))
			}
		}
	}
	if count <= fewCerts {
		return poolOf(all)
	}
	for _, ders := range owned {
		if pool := poolOf(ders); pool != nil {
			return pool
		}
	}
	return nil
}

// splitPEM is a bufio.SplitFunc whose tokens are the base64 of certificates.
// encoding/pem takes four times as long to find them.
func splitPEM(data []byte, atEOF bool) (advance int, token []byte, err error) {
	begin, end := []byte("-----BEGIN CERTIFICATE-----"), []byte("-----END CERTIFICATE-----")
	from := bytes.Index(data, begin)
	if from < 0 || atEOF && !bytes.Contains(data[from:], end) {
		if atEOF {
			return len(data), nil, nil
		}
		return max(0, len(data)-len(begin)), nil, nil // begin may be cut in two
	}
	text := data[from+len(begin):]
	n := bytes.Index(text, end)
	if n < 0 {
		return from, nil, nil
	}
	return from + len(begin) + n + len(end), text[:n], nil
}

// decodeBase64 returns the bytes of text, which may have line ends, up to its
// first mistake. It uses buf where that is large enough.
func decodeBase64(buf, text []byte) []byte {
	buf = slices.Grow(buf[:0], base64.StdEncoding.DecodedLen(len(text)))
	n, _ := base64.StdEncoding.Decode(buf[:cap(buf)], text)
	return buf[:n]
}

// poolOf returns the certificates as a pool, or nil where none can be read: an
// empty pool would trust no server instead of the system's roots.
func poolOf(ders [][]byte) *x509.CertPool {
	var pool *x509.CertPool
	for _, der := range ders {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			continue
		}
		if pool == nil {
			pool = x509.NewCertPool()
		}
		pool.AddCert(cert)
	}
	return pool
}
