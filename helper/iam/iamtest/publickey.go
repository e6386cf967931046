package iamtest

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"time"
)

const keysPath = "/service_accounts/v1/metadata/"

// serveKeys publishes the public keys: Google's own at /oauth2/v3/certs, an
// account's at /service_accounts/v1/metadata/{x509,raw,jwk}/EMAIL.
func (s *Server) serveKeys(q *request) reply {
	if q.URL.Path == "/oauth2/v3/certs" {
		return jwks([]*Key{s.google()})
	}
	form, name, _ := strings.Cut(strings.TrimPrefix(q.URL.Path, keysPath), "/")
	a := s.find(name)
	if a == nil || a.kind != serviceAccount {
		return notFoundPage(q.URL.Path)
	}
	q.call.Target = a.Email
	switch form {
	case "jwk":
		return jwks(a.allKeys())
	case "x509":
		return byID(a.allKeys(), func(k *Key) string { return s.certificate(a, k) })
	case "raw":
		return byID(a.allKeys(), publicPEM)
	}
	return notFoundPage(q.URL.Path)
}

func byID(keys []*Key, form func(*Key) string) reply {
	m := map[string]any{}
	for _, k := range keys {
		m[k.ID] = form(k)
	}
	return ok(m)
}

func jwks(keys []*Key) reply {
	list := []any{}
	for _, k := range keys {
		list = append(list, map[string]any{
			"kid": k.ID, "kty": "RSA", "alg": "RS256", "use": "sig",
			"n": base64.RawURLEncoding.EncodeToString(k.Private.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.Private.E)).Bytes()),
		})
	}
	return ok(map[string]any{"keys": list})
}

func publicPEM(k *Key) string {
	der, err := x509.MarshalPKIXPublicKey(&k.Private.PublicKey)
	if err != nil {
		panic("stand-in: " + err.Error())
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func (s *Server) certificate(a *Account, k *Key) string {
	now := s.Now()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: a.UniqueID},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(14 * 24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.Private.PublicKey, k.Private)
	if err != nil {
		panic("stand-in: " + err.Error())
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
