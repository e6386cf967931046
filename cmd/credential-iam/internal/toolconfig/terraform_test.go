package toolconfig

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestTerraform(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the place of Terraform's files is another")
	}
	s := newScene(t)
	const own, rc, link = ".terraform.d/credential-iam.tfrc", ".terraformrc", ".terraform.d/plugins/terraform-credentials-iam"
	for _, content := range []string{none, "plugin_cache_dir = \"x\"\n", "# credentials_helper \"other\" {}\n", "credentials \"h\" {\n  token = \"" + secret + "\"\n}"} {
		s.set(rc, content)
		s.back(terraform{}, own, none, false)
		if s.read(rc) != content || s.read(link) != none {
			t.Errorf("%q became %q; the link is %q", content, s.read(rc), s.read(link))
		}
	}
	for _, theirs := range []string{"credentials_helper \"other\" {}\n", "a=1\ncredentials_helper \"other\" {\n  args = [\"" + secret + "\"]\n}\nb=2"} {
		s.set(rc, theirs)
		if e := s.refused(terraform{}, rc, false); !strings.HasSuffix(e.Hint, "--force") {
			t.Error(e)
		}
		s.configure(terraform{}, true)
		if got := s.read(rc); strings.Contains("\n"+got, "\ncredentials_helper") || strings.Contains(got, "\n}") || strings.Contains(got, displaced+"b=2") {
			t.Errorf("%q", got)
		}
		s.unconfigure(terraform{})
		if got := s.read(rc); got != theirs || s.read(own) != none {
			t.Errorf("taken back it is %q, and it was %q", got, theirs)
		}
	}
	s.set(".terraform.d/mine.tfrc.json", `{"credentials_helper": {"other": {}}}`)
	s.set(rc, none)
	s.refused(terraform{}, rc, true)
	s.set(".terraform.d/mine.tfrc.json", none)
	s.set(rc, "credentials_helper \"other\" {\n") // its end is not there
	s.refused(terraform{}, rc, true)

	// A person's own line is enough.
	s.set(rc, "credentials_helper \"iam\" {}\n")
	s.configure(terraform{}, false)
	if s.read(own) != none || s.read(link) == none {
		t.Error("a second block, or no link")
	}
	if err := os.Remove(s.path(link)); err != nil {
		t.Fatal(err)
	}
	if uses := s.uses(terraform{}); len(uses) != 1 || uses[0].Trouble == "" {
		t.Errorf("%+v", uses)
	}
}

// TestTerraformVariable writes to the one file that Terraform reads.
func TestTerraformVariable(t *testing.T) {
	s := newScene(t)
	s.configure(terraform{}, false)
	s.env["TF_CLI_CONFIG_FILE"] = s.path("tf.rc")
	if uses := s.uses(terraform{}); len(uses) != 1 || !strings.HasPrefix(uses[0].Fix, "unset TF_CLI_CONFIG_FILE") {
		t.Errorf("%+v", uses)
	}
	s.back(terraform{}, "tf.rc", "a=1", false)
}
