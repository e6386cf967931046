package tools

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
)

// crate makes the folder of a crate that needs demo from the registry at a host, and
// returns a way to run cargo there.
func (w *world) crate(t *testing.T, host string) func(args ...string) (string, error) {
	t.Helper()
	parts.Program(t, "cargo")
	if w.Env["RUSTUP_HOME"] == "" { // cargo may be rustup's, which looks for its own below HOME
		home, err := os.UserHomeDir()
		envtest.Check(t, err)
		w.Env["RUSTUP_HOME"] = filepath.Join(home, ".rustup")
	}
	w.Write(t, ".cargo/config.toml", []byte("[registries.private]\nindex = \"sparse+https://"+host+services.Crates+"\"\ncredential-provider = [\"cargo-credential-iam\"]\n[net]\nretry = 0\n"))
	dir := w.Folder(t, "crate-")
	for name, text := range map[string]string{
		"Cargo.toml": "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2021\"\ndescription = \"x\"\nlicense = \"MIT\"\n[dependencies]\ndemo = { version = \"1\", registry = \"private\" }\n",
		"src/lib.rs": "",
	} {
		path := filepath.Join(dir, name)
		envtest.Check(t, os.MkdirAll(filepath.Dir(path), 0o700))
		envtest.Check(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return func(args ...string) (string, error) { return w.Try(dir, nil, "cargo", args...) }
}

// TestCargo fetches a crate and publishes one.
func TestCargo(t *testing.T) {
	w := newWorld(t)
	cargo := w.crate(t, crates)
	v := w.serve(t, crates, deployer, services.Cargo)
	for _, line := range []string{"fetch", "publish --registry private --no-verify --allow-dirty"} {
		if out, err := cargo(strings.Fields(line)...); err != nil {
			t.Fatalf("cargo %s: %v\n%s", line, err, out)
		}
	}
	wantUser(t, v, "", "/index/config.json", "/index/de/mo/demo", "/download", "PUT /api/v1/crates/new")
	w.wantMints(t, 1)
}

// A registry that looks like ours is not answered, and what is wrong with the account
// is said to the person.
func TestCargoRefused(t *testing.T) {
	w := newWorld(t)
	cargo := w.crate(t, crates+evil)
	rogue := w.rogue(t, crates, nil)
	if out, err := cargo("fetch"); err == nil {
		t.Errorf("fetched from a look-alike:\n%s", out)
	}
	if rogue.Requests() == 0 {
		t.Error("the rogue was asked nothing")
	}
	rogue.WantNothing(t)
	w.wantMints(t, 0)

	w.deny(t)
	cargo = w.crate(t, crates)
	w.serve(t, crates, deployer, services.Cargo)
	if out, err := cargo("fetch"); err == nil || !strings.Contains(out, "cargo-credential-iam: ") || !strings.Contains(out, "run: ") {
		t.Errorf("%v\n%s", err, out)
	}
}
