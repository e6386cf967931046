// Package home is a person's home folder, for the tests that run real clients in
// one: who is signed in, what is configured, and the programs that are run there.
//
// No token may be printed or stay behind there: [Home.SaidNo] and [HoldsNo].
package home

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Home is a home folder and what belongs to it.
type Home struct {
	// Dir is the folder.
	Dir string
	// Env is the whole environment of the programs.
	Env map[string]string

	said bytes.Buffer
}

// Write puts a file below the home folder.
func (h *Home) Write(t *testing.T, name string, content []byte) {
	t.Helper()
	path := filepath.Join(h.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// SignIn has a person sign in with gcloud who may impersonate the accounts.
func (h *Home) SignIn(t *testing.T, s *iamtest.Server, person string, accounts ...string) {
	t.Helper()
	s.User(person)
	for _, account := range accounts {
		s.ServiceAccount(account)
		s.Grant(person, iamtest.RoleTokenCreator, account)
	}
	h.Write(t, ".config/gcloud/application_default_credentials.json", s.UserADC(person))
}

// Docker writes docker's configuration file.
func (h *Home) Docker(t *testing.T, file map[string]any) {
	t.Helper()
	b, err := json.MarshalIndent(file, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	h.Write(t, ".docker/config.json", b)
}

// SaidNo fails the test if a program printed one of the secrets.
func (h *Home) SaidNo(t *testing.T, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(h.said.String(), secret) {
			t.Errorf("a program printed %q", secret)
		}
	}
}

// HoldsNo fails the test if one of the secrets lies in a file below dir.
func HoldsNo(t *testing.T, dir string, secrets ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s holds %q", path, secret)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
