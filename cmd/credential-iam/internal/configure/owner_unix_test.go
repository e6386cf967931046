//go:build unix

package configure

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// Root configures with a person's HOME, as "sudo -E" does: nothing in it is root's
// afterwards, and files keep their owner.
func TestAnotherPersonsHome(t *testing.T) {
	const person = 1234
	if os.Geteuid() != 0 {
		t.Skip("only root may give a file away")
	}
	s := newScene(t)
	s.needGit()
	home := filepath.Dir(s.git)
	if err := filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, person, person)
	}); err != nil {
		t.Skip(err)
	}
	if err := os.RemoveAll(filepath.Dir(s.docker)); err != nil { // configure makes it
		t.Fatal(err)
	}
	check := func(when string, paths ...string) {
		t.Helper()
		for _, path := range paths {
			st, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			if sys, ok := st.Sys().(*syscall.Stat_t); !ok || sys.Uid != person || sys.Gid != person {
				t.Errorf("%s: %s is %d:%d's", when, path, sys.Uid, sys.Gid)
			}
		}
	}
	s.withPrograms()
	r := Request{Keys: map[string]string{"serviceAccount": account}, Docker: []string{"gcr.io"}, Git: []string{"source.developers.google.com"}}
	if runtime.GOOS == "linux" { // elsewhere a link stays root's
		r.Tools, r.LinkDir = map[string][]string{"bazel": {"gcr.io"}, "pip": nil, "terraform": nil}, s.home.Path("links")
	}
	s.configure(r)
	if r.Tools != nil {
		check("made for tools", s.home.Path(".bazelrc"), r.LinkDir, filepath.Join(r.LinkDir, "keyring"), s.home.Path(".config/pip"), s.home.Path(".config/pip/pip.conf"),
			s.home.Path(".terraform.d"), s.home.Path(".terraform.d/plugins"), s.home.Path(".terraform.d/plugins/terraform-credentials-iam"))
	}
	state := s.home.Path(".local")
	record := filepath.Join(state, "state", "credential-iam", "configured.json")
	check("made", filepath.Dir(s.docker), s.docker, s.git, state, filepath.Dir(record), record)
	r.Docker, r.Git = []string{"eu.gcr.io"}, []string{"googlesource.com"}
	s.configure(r)
	check("replaced", filepath.Dir(s.docker), s.docker, s.git, record)
	s.unconfigure(Request{Hosts: []string{"googlesource.com", "eu.gcr.io"}})
	check("unconfigured", filepath.Dir(s.docker), s.docker, s.git)
}
