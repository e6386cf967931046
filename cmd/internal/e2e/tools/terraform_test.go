package tools

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
)

// eachTerraform runs a test with Terraform and with OpenTofu, with that which is there.
func eachTerraform(t *testing.T, test func(t *testing.T, w *world, tool string)) {
	t.Helper()
	for _, tool := range terraforms(t) {
		t.Run(tool, func(t *testing.T) {
			w := newWorld(t)
			w.Env["CHECKPOINT_DISABLE"] = "1"
			w.Write(t, ".terraformrc", []byte("credentials_helper \"iam\" {}\n"))
			w.link(t, ".terraform.d/plugins/terraform-credentials-iam")
			test(t, w, tool)
		})
	}
}

// module writes a configuration that needs a module from the registry at a host.
func (w *world) module(t *testing.T, host string) {
	t.Helper()
	w.Write(t, "main.tf", []byte("module \"demo\" {\n  source  = \""+host+"/"+services.Module+"\"\n  version = \"1.0.0\"\n}\n"))
}

// The host of a module's source is found by discovery, and asked for its token.
func TestTerraform(t *testing.T) {
	eachTerraform(t, func(t *testing.T, w *world, tool string) {
		v := w.serve(t, modules, deployer, services.Terraform)
		w.module(t, modules)
		w.must(t, tool, "get")
		wantUser(t, v, "", "/versions", "/download")
		for _, q := range v.LetIn() {
			if strings.HasPrefix(q.Path, "/archive/") {
				t.Errorf("the token was sent for the archive: %+v", q)
			}
		}
		w.wantMints(t, 1)
	})
}

// A module of somebody else's names a host of theirs.
func TestTerraformHostile(t *testing.T) {
	eachTerraform(t, func(t *testing.T, w *world, tool string) {
		v := w.serve(t, modules+evil, auditor, services.Terraform)
		w.module(t, modules+evil)
		if out, err := w.try(tool, "get"); err == nil {
			t.Errorf("succeeded:\n%s", out)
		}
		for _, q := range v.Requests() {
			if q.Authorized {
				t.Errorf("a credential was sent: %+v", q)
			}
		}
		if len(v.Refused()) == 0 {
			t.Errorf("nothing was refused: %+v", v.Requests())
		}
		w.wantMints(t, 0)
	})
}

// terraforms are Terraform and OpenTofu, or that which is there.
func terraforms(t *testing.T) []string {
	t.Helper()
	there := slices.DeleteFunc([]string{"terraform", "tofu"}, func(tool string) bool {
		_, err := exec.LookPath(tool)
		return err != nil
	})
	if len(there) == 0 {
		parts.Missing(t, "neither terraform nor tofu is on the PATH")
	}
	return there
}
