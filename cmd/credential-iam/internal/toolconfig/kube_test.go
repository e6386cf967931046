package toolconfig

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// newKube is a scene with the real kubectl, and a file in the form of that version.
func newKube(t *testing.T) *scene {
	t.Helper()
	path := parts.Program(t, "kubectl")
	s := newScene(t)
	find := s.LookPath
	s.LookPath = func(name string) (string, error) {
		if name == "kubectl" {
			return path, nil
		}
		return find(name)
	}
	s.Environ = []string{"HOME=" + s.Env.HomeDir, "PATH=/usr/bin:/bin"}
	s.set(kubePath, kubeFile)
	c, _, err := s.kubectl(t.Context())
	for _, user := range []string{"other", "old"} { // kubectl writes where something changes
		if err == nil {
			err = c.edit(context.Background(), "set-context", "prod", "--user="+user)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// kubeFile is what kubectl reads.
const kubeFile = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: aGk=
    server: https://10.1.2.3
  name: c
- cluster:
    server: https://rancher.example.com:8443/k8s/clusters/x
  name: other
- cluster:
    server: http://10.1.2.5
  name: plain
- cluster:
    insecure-skip-tls-verify: true
    server: https://10.1.2.4
  name: unverified
contexts:
- context:
    cluster: other
    namespace: team
    user: old
  name: -odd/name:x
- context:
    cluster: c
    user: ""
  name: nobody
- context:
    cluster: c
    user: gone
  name: ghost
- context:
    cluster: plain
    user: old
  name: plain
- context:
    cluster: c
    user: old
  name: prod
- context:
    cluster: unverified
    user: old
  name: unverified
current-context: prod
kind: Config
users:
- name: old
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args: null
      command: gke-gcloud-auth-plugin
      env: null
      interactiveMode: IfAvailable
      provideClusterInfo: true
- name: person
  user:
    token: hunter2
`

const kubePath = ".kube/config"

func TestKube(t *testing.T) {
	s := newKube(t)
	kubeFile := s.read(kubePath)
	for _, names := range [][]string{{"prod"}, {"nobody"}, {"ghost"}, {"prod", "-odd/name:x"}} {
		between := s.back(kube{}, kubePath, kubeFile, false, names...)
		if !strings.Contains(between, "provideClusterInfo: true") || !strings.Contains(between, "command: "+program) || !strings.Contains(between, "interactiveMode: Never") {
			t.Errorf("%s", between)
		}
	}
	s.set(kubePath, kubeFile)
	p, err := kube{}.Configure(context.Background(), s.World, []string{"prod", "-odd/name:x"}, false)
	if err != nil || p.Hosts["prod"] != "10.1.2.3" || p.Hosts["-odd/name:x"] != "rancher.example.com:8443" {
		t.Errorf("%+v, %v", p.Hosts, err)
	}
	if len(p.Notes) > 0 {
		t.Errorf("%q", p.Notes)
	}
	s.set(kubePath, "# mine\n"+kubeFile)
	if p, err := (kube{}).Configure(context.Background(), s.World, []string{"prod"}, false); err != nil || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "comments") {
		t.Errorf("%+v, %v", p.Notes, err)
	}
	s.set(kubePath, kubeFile)
	// One of two contexts of a user is taken back, and the other goes on.
	s.do(p, err)
	s.do(kube{}.Unconfigure(context.Background(), s.World, func(u Use) bool { return u.Name == "prod" }))
	if uses := s.uses(kube{}); len(uses) != 1 || uses[0].Name != "-odd/name:x" || uses[0].Host() != "rancher.example.com:8443" || uses[0].Trouble != "" {
		t.Errorf("%+v", uses)
	}
}

func TestKubeRefused(t *testing.T) {
	s := newKube(t)
	s.set(kubePath, kubeFile)
	for _, name := range []string{"nowhere", "plain", "unverified", ""} {
		s.refused(kube{}, kubePath, true, name)
	}
	s.set(kubePath, strings.Replace(kubeFile, "name: person", "name: credential-iam:old", 1))
	s.refused(kube{}, kubePath, true, "prod") // a user of that name is another's
	s.set(kubePath, "a: [\n")
	s.refused(kube{}, kubePath, true, "prod")
	if uses := s.uses(kube{}); len(uses) > 0 {
		t.Errorf("%+v", uses)
	}
	s.LookPath = func(string) (string, error) { return "", exec.ErrNotFound }
	s.refused(kube{}, kubePath, true, "prod")
}

// TestKubeNoContext: what there is none of is said, so that the fix is the right one.
func TestKubeNoContext(t *testing.T) {
	s := newKube(t)
	for content, want := range map[string]string{
		none:                             s.path(kubePath) + " does not exist",
		"apiVersion: v1\nkind: Config\n": "no context at all",
		kubeFile:                         `did you mean "prod"?`,
	} {
		s.set(kubePath, content)
		e := s.refused(kube{}, kubePath, false, "prdo")
		if !strings.Contains(e.Reason, want) || strings.Contains(e.Hint, "KUBECONFIG") == (content == kubeFile) {
			t.Errorf("%q; %q, want %q", e.Reason, e.Hint, want)
		}
	}
}

// TestKubeGone: a context whose user kubectl never knew has its name again, and a note
// says so.
func TestKubeGone(t *testing.T) {
	s := newKube(t)
	before := s.read(kubePath)
	s.configure(kube{}, false, "ghost")
	p := s.unconfigure(kube{})
	if s.read(kubePath) != before || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "gone") {
		t.Errorf("%q; %s", p.Notes, s.read(kubePath))
	}
}

// TestKubeByHand completes a user that a person has written, and leaves it to them.
func TestKubeByHand(t *testing.T) {
	s := newKube(t)
	by := strings.Replace(kubeFile, "command: gke-gcloud-auth-plugin", "command: "+program, 1)
	by = strings.Replace(strings.Replace(by, "args: null", "args:\n      - kube", 1), "provideClusterInfo: true", "provideClusterInfo: false", 1)
	s.set(kubePath, by)
	uses := s.uses(kube{})
	if len(uses) != 4 { // those of the user old
		t.Errorf("%+v", uses)
	}
	for _, u := range uses {
		if !strings.Contains(u.Trouble, "provideClusterInfo") || !strings.HasPrefix(u.Fix, "credential-iam configure --kube ") {
			t.Errorf("%+v", u)
		}
	}
	s.configure(kube{}, false, "prod")
	for _, u := range s.uses(kube{}) {
		if u.Name == "prod" && u.Trouble != "" {
			t.Errorf("%+v", u)
		}
	}
	before := s.read(kubePath)
	if p := s.unconfigure(kube{}); len(p.Notes) == 0 || s.read(kubePath) != before {
		t.Errorf("%q; %s", p.Notes, s.read(kubePath))
	}
	s.env["PATH"] = s.path("elsewhere")
	for _, u := range s.uses(kube{}) {
		if u.Name == "prod" && !strings.HasPrefix(u.Fix, "export PATH=") {
			t.Errorf("%+v", u)
		}
	}
}

// TestKubeUndo takes a step back, as where a later one fails.
func TestKubeUndo(t *testing.T) {
	s := newKube(t)
	kubeFile := s.read(kubePath)
	p, err := kube{}.Configure(context.Background(), s.World, []string{"prod"}, false)
	if err != nil || len(p.Steps) != 1 {
		t.Fatal(p, err)
	}
	if err := files.Apply(context.Background(), p.Steps[0]); err != nil {
		t.Fatal(err)
	}
	if err := p.Steps[0].Rollback(); err != nil || s.read(kubePath) != kubeFile {
		t.Errorf("%v\n%s", err, s.read(kubePath))
	}
}
