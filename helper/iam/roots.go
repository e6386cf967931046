package iam

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
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

// owners name the roots that Google's front ends are certified by
// (pki.goog/faq).
var owners = [...][]byte{[]byte("Google Trust Services"), []byte("GlobalSign")}

const fewCerts = 8

// fewRoots returns those of the system's roots that are likely to be needed, or
// nil where the platform verifies by itself or has no such file. SSL_CERT_FILE
// replaces the file, as in Go.
func fewRoots(env helper.Env) *x509.CertPool {
	if runtime.GOOS != "linux" {
		return nil
	}
	var bundle []byte
	if path := env.Getenv("SSL_CERT_FILE"); path != "" {
		bundle, _ = os.ReadFile(path)
	} else {
		for _, path := range bundles {
			if b, err := os.ReadFile(path); err == nil {
				bundle = b
				break
			}
		}
	}
	return pickRoots(bundle)
}

// pickRoots parses the owners' certificates in a bundle; all, if they are few.
// A bundle has 150 of them, so only the base64 of most is looked at:
// encoding/pem takes four times as long for it.
func pickRoots(bundle []byte) *x509.CertPool {
	begin, end := []byte("-----BEGIN CERTIFICATE-----"), []byte("-----END CERTIFICATE-----")
	all := bytes.Count(bundle, begin) <= fewCerts
	pool, added := x509.NewCertPool(), false
	der := make([]byte, 0, 4<<10)
	for {
		_, rest, ok := bytes.Cut(bundle, begin)
		if !ok {
			break
		}
		var text []byte
		if text, bundle, ok = bytes.Cut(rest, end); !ok {
			break
		}
		der = slices.Grow(der[:0], base64.StdEncoding.DecodedLen(len(text)))[:base64.StdEncoding.DecodedLen(len(text))]
		n, err := base64.StdEncoding.Decode(der, text) // it skips line ends
		if err != nil || !all && !owned(der[:n]) {
			continue
		}
		if cert, err := x509.ParseCertificate(der[:n]); err == nil {
			pool.AddCert(cert)
			added = true
		}
	}
	if !added {
		return nil
	}
	return pool
}

func owned(der []byte) bool {
	for _, o := range owners {
		if bytes.Contains(der, o) {
			return true
		}
	}
	return false
}
