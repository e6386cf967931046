package iam

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
)

// parseKey reads the private_key of a service account: PKCS 8, as Google writes it,
// or PKCS 1. What is something else is named as what it is.
func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(repaired(text)))
	if block == nil {
		return nil, errors.New("its private_key is not in PEM form")
	}
	switch block.Type {
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("its private_key is encrypted by a passphrase, which is not supported")
	case "CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("its private_key is the public half of a key")
	}
	var key any
	var err error
	if key, err = x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
		if key, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
			key, _ = x509.ParseECPrivateKey(block.Bytes)
		}
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k, nil
	case *ecdsa.PrivateKey:
		if k == nil {
			break
		}
		return nil, errors.New("its private_key is an elliptic curve key (ES256), and a service account's key is an RSA key")
	case ed25519.PrivateKey:
		return nil, errors.New("its private_key is an Ed25519 key, and a service account's key is an RSA key")
	}
	return nil, errors.New("its private_key is not an RSA key in PEM form, or not all of it")
}

// repaired restores the lines of a key in PEM form: on their way through
// environment variables and templates they are turned into the two characters \n,
// or into blanks.
func repaired(text string) string {
	text = strings.Trim(strings.TrimSpace(text), `"'`)
	text = strings.NewReplacer(`\r\n`, "\n", `\n`, "\n", "\r\n", "\n").Replace(text)
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return text
	}
	const begin, end, dashes = "-----BEGIN ", "-----END ", "-----"
	_, rest, ok1 := strings.Cut(text, begin)
	name, rest, ok2 := strings.Cut(rest, dashes)
	body, _, ok3 := strings.Cut(rest, end)
	if !ok1 || !ok2 || !ok3 {
		return text
	}
	return begin + name + dashes + "\n" + strings.Join(strings.Fields(body), "\n") + "\n" + end + name + dashes + "\n"
}
