package bench

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// overTLS serves a stand-in behind a certificate of an authority that is named
// as Google's is, and returns a file of the system's roots with that authority
// among them. The core reads only the roots of such names at first; with the
// stand-in's own authority every mint would be the rare case in which that is
// not enough.
func (b *bench) overTLS(s *iamtest.Server) (roots string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.URL = "https://" + l.Addr().String()
	return b.serveTLS(s, l)
}

// serveTLS is overTLS on a listener, for host names too.
func (b *bench) serveTLS(s *iamtest.Server, l net.Listener, hosts ...string) (roots string, err error) {
	certificate, authority, err := issue(hosts)
	if err != nil {
		return "", err
	}
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: time.Minute,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
	}
	go func() { _ = server.ServeTLS(l, "", "") }()
	b.ends = append(b.ends, func() { _ = server.Close() })
	bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(b.dir, "roots-*.pem")
	if err != nil {
		return "", err
	}
	_, err = f.Write(append(bundle, authority...))
	return f.Name(), errors.Join(err, f.Close())
}

// issue makes an authority and a certificate for the loopback address and hosts.
func issue(hosts []string) (leaf tls.Certificate, authority []byte, err error) {
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"Google Trust Services (a stand-in)"}, CommonName: "bench"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return leaf, nil, err
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	if err != nil {
		return leaf, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return leaf, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: hosts,
		NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, root, key.Public(), rootKey)
	if err != nil {
		return leaf, nil, err
	}
	leaf = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return leaf, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}), nil
}
