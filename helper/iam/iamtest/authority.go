package iamtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"
)

// authority is a certificate authority that lives as long as its Server, with
// one leaf certificate for loopback.
type authority struct {
	pem  []byte
	pool *x509.CertPool
	leaf tls.Certificate

	key   *ecdsa.PrivateKey
	cert  *x509.Certificate
	hosts []string
}

// Certificate says what is wrong with the certificate of a server.
type Certificate string

// The wrong certificates. All are signed by the Server's authority.
const (
	Expired   Certificate = "expired"
	NotYet    Certificate = "not-yet-valid"
	OtherHost Certificate = "other-host"
)

// ServeWrong is Serve over TLS with a certificate that no client may take.
func (s *Server) ServeWrong(handler http.Handler, wrong Certificate) (baseURL string, err error) {
	names := append([]string{"localhost", "127.0.0.1"}, s.ca.hosts...)
	from, to := time.Now().Add(-47*time.Hour), time.Now().Add(47*time.Hour)
	switch wrong {
	case Expired:
		to = time.Now().Add(-time.Hour)
	case NotYet:
		from = time.Now().Add(time.Hour)
	case OtherHost:
		names = []string{"other.example.com"}
	}
	leaf, err := s.ca.issue(names, from, to)
	if err != nil {
		return "", fmt.Errorf("stand-in: certificate: %w", err)
	}
	l, err := s.listenTLS(handler, &leaf)
	if err != nil {
		return "", err
	}
	return l.url, nil
}

func newAuthority(hosts []string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	// The real clock counts here, not the Server's: TLS clients check with theirs.
	from, to := time.Now().Add(-48*time.Hour), time.Now().Add(48*time.Hour)
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "credential-iam stand-in authority"},
		NotBefore:    from, NotAfter: to,
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	rootCert, err := x509.ParseCertificate(rootDER)
	if err != nil {
		return nil, err
	}
	a := &authority{
		pem:  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}),
		pool: x509.NewCertPool(), key: key, cert: rootCert, hosts: hosts,
	}
	a.pool.AddCert(rootCert)
	a.leaf, err = a.issue(append([]string{"localhost", "127.0.0.1", "::1"}, hosts...), from, to)
	return a, err
}

// issue makes a certificate for names and addresses.
func (a *authority) issue(names []string, from, to time.Time) (tls.Certificate, error) {
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: names[0]},
		NotBefore:    from, NotAfter: to,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
			continue
		}
		leaf.DNSNames = append(leaf.DNSNames, name)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}, nil
}

// CAFile writes the authority to a temporary file, once, and returns its path,
// for SSL_CERT_FILE and the like. Close removes the file.
func (s *Server) CAFile() (string, error) {
	s.lifeMu.Lock()
	defer s.lifeMu.Unlock()
	if s.caFile != "" {
		return s.caFile, nil
	}
	f, err := os.CreateTemp("", "iamtest-ca-*.pem")
	if err != nil {
		return "", err
	}
	if _, err = f.Write(s.CAPEM); err == nil {
		err = f.Close()
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	s.caFile = f.Name()
	return s.caFile, nil
}

func (s *Server) removeCAFile() {
	if s.caFile != "" {
		_ = os.Remove(s.caFile)
	}
}

// Client is a new HTTP client that trusts the Server's authority and follows no
// redirect. Each has connections of its own.
func (s *Server) Client() *http.Client {
	tr := &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{RootCAs: s.ca.pool, MinVersion: tls.VersionTLS12},
	}
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}
