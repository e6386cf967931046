package testenv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Marks are how the secrets of the stand-in begin that a program could print or
// write: an access token, the header of a JWT, a login's refresh token, a key. They
// are too long to be in random bytes.
var Marks = []string{"ya29.", "eyJhbGci", "1//0", "PRIVATE KEY"}

// Secrets are the secrets of whoever is signed in: what every token and JWT begins
// with, and the pieces of the source identity's secrets and of those given.
func (h *Home) Secrets(more ...string) ([]string, error) {
	all := append([]string{"eyJ", "Bearer ya29"}, Marks...)
	b, err := os.ReadFile(h.ADC())
	if err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, err
	}
	for _, name := range []string{"refresh_token", "client_secret", "private_key"} {
		if s, ok := doc[name].(string); ok {
			more = append(more, s)
		}
	}
	for _, secret := range more {
		all = append(all, pieces(secret)...)
	}
	return all, nil
}

// pieces are parts of a secret that would give it away, each long enough to be in
// no other text by chance.
func pieces(secret string) []string {
	const size = 24
	if len(secret) <= size {
		return []string{secret}
	}
	var all []string
	for i := 0; i+size <= len(secret); i += size {
		all = append(all, secret[i:i+size])
	}
	return all
}

// Leak returns how the first of the secrets that is in text begins, or "".
func Leak(text string, secrets []string) string {
	for _, s := range secrets {
		if s != "" && strings.Contains(text, s) {
			return fmt.Sprintf("%.6q...", s)
		}
	}
	return ""
}

// Held says which files of the home and temporary folders hold one of the secrets,
// but for the source identity itself.
func (h *Home) Held(secrets []string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(h.Root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || path == h.ADC() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, s := range secrets {
			if bytes.Contains(b, []byte(s)) {
				found = append(found, fmt.Sprintf("%s holds %.6q...", path, s))
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return found, err
}
