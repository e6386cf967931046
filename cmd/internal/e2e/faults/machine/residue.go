//go:build linux

package machine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// How every access token of the stand-in begins, and every JWT.
const (
	tokenMark = "ya29."
	jwtMark   = "eyJ"
)

// Secrets are the secrets that the machine holds: of its source identity, how
// every token begins, and the pieces of those given.
func (m *Machine) Secrets(tokens ...string) []string {
	m.t.Helper()
	b, err := os.ReadFile(m.Source())
	m.check(err)
	var doc map[string]any
	m.check(json.Unmarshal(b, &doc))
	all := []string{tokenMark, jwtMark, "Bearer ya29", "PRIVATE KEY"}
	for _, name := range []string{"refresh_token", "client_secret", "private_key"} {
		if s, ok := doc[name].(string); ok {
			all = append(all, pieces(s)...)
		}
	}
	for _, t := range tokens {
		all = append(all, pieces(t)...)
	}
	return all
}

// pieces are parts of a secret that would give it away, each long enough to be
// in no other text by chance.
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

// Files lists what is in the machine's folders, with what would tell a change.
// The runtime folder is not among them: locks are there.
func (m *Machine) Files() string {
	var b strings.Builder
	for _, root := range []string{m.Home, m.Temp, m.Work} {
		m.walk(root, func(path string, st fs.FileInfo) {
			fmt.Fprintf(&b, "%s %s", path, st.Mode())
			if st.Mode().IsRegular() {
				fmt.Fprintf(&b, " %d %s", st.Size(), st.ModTime())
			}
			b.WriteByte('\n')
		})
	}
	return b.String()
}

// Residue says what is in the machine's folders that must not be: a secret in a
// file, or in the runtime folder anything but empty locks and what the tmpfs
// store keeps for its user alone.
func (m *Machine) Residue(secrets []string) []string {
	var wrong []string
	for _, root := range []string{m.Home, m.Temp, m.Work} {
		m.walk(root, func(path string, st fs.FileInfo) {
			if !st.Mode().IsRegular() || path == m.Source() {
				return
			}
			if b, err := os.ReadFile(path); err == nil {
				if s := Leak(string(b), secrets); s != "" {
					wrong = append(wrong, path+" holds "+s)
				}
			}
		})
	}
	for _, root := range []string{m.Run, m.LockDir()} {
		m.walk(root, func(path string, st fs.FileInfo) {
			switch ext := filepath.Ext(path); {
			case !st.Mode().IsRegular():
			case (ext == ".lock" || ext == ".claim" || ext == ".mark") && st.Size() == 0:
			case ext == ".entry" && m.Keystore == "tmpfs" && st.Mode().Perm() == 0o600:
			default:
				wrong = append(wrong, fmt.Sprintf("%s, %s, %d bytes", path, st.Mode(), st.Size()))
			}
		})
	}
	return wrong
}

// walk calls f for everything below root that is still there when it is looked
// at.
func (m *Machine) walk(root string, f func(path string, st fs.FileInfo)) {
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == root {
			return nil //nolint:nilerr // what is gone is no residue
		}
		if st, err := d.Info(); err == nil {
			f(path, st)
		}
		return nil
	})
}

// Lines counts the lines of text, an unfinished one too.
func Lines(text string) int {
	return bytes.Count([]byte(strings.TrimSuffix(text, "\n")+"\n"), []byte("\n"))
}
