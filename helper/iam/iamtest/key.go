package iamtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // key ids are 40 hex digits, as Google's are; nothing rests on the hash
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"sync"
)

// Key is an RSA-2048 key and the id it is published under.
type Key struct {
	ID      string
	Private *rsa.PrivateKey
}

// The pool's keys by use. Accounts may share a private key but never a key id,
// and a signature is checked against account and id: making RSA keys is what
// would otherwise make tests slow.
const (
	googleKey = iota
	systemKey
	providerKey
	firstUserKey
	userKeys = 2
	poolSize = firstUserKey + userKeys
)

// pool makes each key of the process when it is first wanted.
var pool = func() (p [poolSize]func() *rsa.PrivateKey) {
	for i := range p {
		p[i] = sync.OnceValue(func() *rsa.PrivateKey {
			k, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				panic("stand-in: no random numbers: " + err.Error())
			}
			return k
		})
	}
	return p
}()

func poolKey(i int) *rsa.PrivateKey { return pool[i]() }

func keyID(parts ...string) string {
	sum := sha1.Sum([]byte(strings.Join(parts, "\x00"))) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// google is the key that signs ID tokens.
func (s *Server) google() *Key {
	return &Key{ID: keyID("accounts.google.com", s.URL), Private: poolKey(googleKey)}
}

// systemManaged is the account's Google-managed key: signBlob and signJwt use
// it and nobody can download it.
func (a *Account) systemManaged() *Key {
	if a.system == nil {
		a.system = &Key{ID: keyID(a.Email, "system"), Private: poolKey(systemKey)}
	}
	return a.system
}

// allKeys are the account's keys that verify a signature.
func (a *Account) allKeys() []*Key { return append([]*Key{a.systemManaged()}, a.keys...) }

// PEM is the private key in PKCS #8, as key files hold it.
func (k *Key) PEM() string {
	der, err := x509.MarshalPKCS8PrivateKey(k.Private)
	if err != nil {
		panic("stand-in: " + err.Error()) // an RSA key always marshals
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
