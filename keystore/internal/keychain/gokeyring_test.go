//go:build unix

package keychain_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/keystore/internal/keychain"
	"github.com/credential-iam/credential-iam/keystore/internal/keychain/keychaintest"
)

// goKeyring is a program on go-keyring's own code for macOS, which runs the stand-in.
const goKeyring = `package main

import (
	"fmt"
	"os"

	keyring "github.com/zalando/go-keyring"
)

func main() {
	var err error
	switch os.Args[1] {
	case "get":
		var s string
		s, err = keyring.Get(os.Args[2], os.Args[3])
		fmt.Print(s)
	case "set":
		err = keyring.Set(os.Args[2], os.Args[3], os.Args[4])
	case "delete":
		err = keyring.Delete(os.Args[2], os.Args[3])
	}
	if err != nil {
		fmt.Print(err)
		os.Exit(1)
	}
}
`

// buildGoKeyring builds it, from the sources that this module is built from.
func buildGoKeyring(t *testing.T, security string) string {
	t.Helper()
	from, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/zalando/go-keyring").Output()
	if err != nil || len(bytes.TrimSpace(from)) == 0 {
		t.Skipf("the sources of go-keyring are not here: %v", err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "internal"), os.DirFS(filepath.Join(string(bytes.TrimSpace(from)), "internal"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"keyring.go", "keyring_mock.go", "keyring_fallback.go", "keyring_darwin.go"} {
		source, err := os.ReadFile(filepath.Join(string(bytes.TrimSpace(from)), name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "keyring_darwin.go" {
			const apple = `"/usr/bin/security"`
			if !bytes.Contains(source, []byte(apple)) {
				t.Fatalf("go-keyring runs another program than %s", apple)
			}
			name, source = "keyring_here.go", bytes.ReplaceAll(source, []byte(apple), []byte(`"`+security+`"`))
		}
		write(t, filepath.Join(dir, name), source)
	}
	write(t, filepath.Join(dir, "go.mod"), []byte("module github.com/zalando/go-keyring\n\ngo 1.18\n"))
	if err := os.Mkdir(filepath.Join(dir, "program"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "program", "main.go"), []byte(goKeyring))
	cmd := exec.Command("go", "build", "-o", "keyring", "./program")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return filepath.Join(dir, "keyring")
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What go-keyring wrote is read, and it reads and forgets what is written here: the
// password of an item is the same to the byte, and so are the runs of security.
func TestGoKeyring(t *testing.T) {
	t.Parallel()
	security := keychaintest.Install(t)
	program := buildGoKeyring(t, security)
	theirs := func(args ...string) string {
		out, err := exec.Command(program, args...).Output()
		if err != nil {
			t.Errorf("go-keyring %s: %v %s", args[0], err, out)
		}
		return string(out)
	}
	dir, tool := filepath.Dir(security), keychain.Tool{Path: security}
	for _, secret := range []string{"ya29.token", "two\nlines", "ü\x00", "  blanks  ", "", strings.Repeat("x", 2900)} {
		const service, account = "credential-iam", "v1/access/a@b.iam.gserviceaccount.com/00ff"
		theirsToo := service
		if strings.Contains(secret, "\x00") { // which no argument can have
			theirsToo = ""
		}
		var kept []string
		for _, set := range []func(){
			func() {
				if theirsToo != "" {
					theirs("set", service, account, secret)
				}
			},
			func() {
				if err := tool.Set(t.Context(), service, account, secret); err != nil {
					t.Error(err)
				}
			},
		} {
			set()
			if got, err := tool.Get(t.Context(), service, account); (err != nil || got != secret) && (theirsToo != "" || len(kept) > 0) {
				t.Errorf("%q: got %q, %v", secret, got, err)
			}
			if got := theirs("get", service, account); got != secret && (theirsToo != "" || len(kept) > 0) {
				t.Errorf("%q: go-keyring got %q", secret, got)
			}
			files, err := filepath.Glob(filepath.Join(dir, "*.*"))
			if err != nil || len(files) != 1 {
				t.Fatalf("items %q, %v", files, err)
			}
			b, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, string(b))
		}
		if theirsToo != "" && kept[0] != kept[1] {
			t.Errorf("go-keyring keeps %q, this package %q", kept[0], kept[1])
		}
	}
	if err := tool.Delete(t.Context(), "credential-iam", "v1/access/a@b.iam.gserviceaccount.com/00ff"); err != nil {
		t.Error(err)
	}
}
