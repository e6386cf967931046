//go:build linux

package machine

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// Secrets are the secrets that the machine holds, and the pieces of the tokens given.
func (m *Machine) Secrets(tokens ...string) []string {
	m.t.Helper()
	all, err := m.Home.Secrets(tokens...)
	m.check(err)
	return all
}

// Files lists what is in the machine's folders, with what would tell a change.
// The runtime folder is not among them: locks are there.
func (m *Machine) Files() string {
	var b strings.Builder
	for _, root := range []string{m.Dir, m.Temp, m.Work} {
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
	for _, root := range []string{m.Dir, m.Temp, m.Work} {
		m.walk(root, func(path string, st fs.FileInfo) {
			if !st.Mode().IsRegular() || path == m.ADC() {
				return
			}
			if b, err := os.ReadFile(path); err == nil {
				if s := testenv.Leak(string(b), secrets); s != "" {
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
