package configure

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

func TestBothClientsAndBack(t *testing.T) {
	s := newScene(t)
	s.needGit()
	const docker = "{\n  \"auths\": {\n    \"ghcr.io\": {\"auth\": \"dTpw\"}\n  }\n}\n"
	const git = "[user]\n\tname = N\n[credential]\n\thelper = store\n"
	s.write(s.docker, docker)
	s.write(s.git, git)
	r := Request{
		Keys:   keys("serviceAccount", account, "token", "id", "audience", "abc"),
		Docker: []string{"registry.example.com:5000"}, Git: []string{"https://git.example.com/team/repo.git", "bare.example.com"},
	}
	dry := r
	dry.DryRun = true
	report := s.configure(dry)
	if s.read(s.docker) != docker || s.read(s.git) != git {
		t.Error("a dry run changed a file")
	}
	for _, want := range []string{"+    \"registry.example.com:5000\": \"iam\"", "+\thelper = /usr/bin/git-credential-iam", "+\tpostBuffer = 524288000", "--- " + s.docker} {
		if !strings.Contains(report.Diff, want) {
			t.Errorf("%q is missing in\n%s", want, report.Diff)
		}
	}
	if strings.Contains(report.Diff, "dTpw") {
		t.Errorf("the difference shows a password:\n%s", report.Diff)
	}
	if first := s.configure(r); !cmp.Equal(first.Changes, report.Changes) {
		t.Errorf("the dry run said otherwise:\n%s", cmp.Diff(report.Changes, first.Changes))
	}
	config := config.Load(s.Env)
	for _, q := range []helper.Request{
		{Client: host.Docker, Protocol: "https", Host: "registry.example.com:5000"},
		{Client: host.Git, Protocol: "https", Host: "git.example.com", Path: "team/repo.git"},
		{Client: host.Git, Protocol: "https", Host: "bare.example.com"},
	} {
		target, err := config.Describe(q)
		if err != nil || target.ServiceAccount != account || target.Token != helper.ID || target.Audience != "abc" {
			t.Errorf("%s: %+v, %v", q.Host, target, err)
		}
	}
	s.sameAgain(func() Report { return s.configure(r) })
	s.unconfigure(Request{})
	if diff := cmp.Diff(docker, s.read(s.docker)); diff != "" {
		t.Errorf("docker's file is not as before:\n%s", diff)
	}
	if diff := cmp.Diff(git, s.read(s.git)); diff != "" {
		t.Errorf("git's file is not as before:\n%s", diff)
	}
	s.sameAgain(func() Report { return s.unconfigure(Request{}) })
}

func TestOtherHelper(t *testing.T) {
	s := newScene(t)
	s.needGit()
	const docker = `{"credHelpers":{"gcr.io":"gcloud"}}`
	s.write(s.docker, docker)
	r := Request{Keys: keys("serviceAccount", account), Docker: []string{"eu.gcr.io", "gcr.io"}, Git: []string{"https://source.developers.google.com"}}
	_, err := s.Configure(context.Background(), r)
	if err == nil || !strings.Contains(err.Error(), "gcr.io") || !strings.Contains(err.Error(), "gcloud") || !strings.Contains(err.Error(), "--force") {
		t.Errorf("got %v", err)
	}
	if s.read(s.docker) != docker || s.read(s.git) != "(none)" {
		t.Error("something was written")
	}
	// A conflict in git's file keeps docker's file as it is, too.
	const git = "[credential \"https://source.developers.google.com\"]\n\thelper = gcloud.sh\n"
	s.write(s.docker, "{}\n")
	s.write(s.git, git)
	_, err = s.Configure(context.Background(), r)
	if err == nil || !strings.Contains(err.Error(), "gcloud.sh") || !strings.Contains(err.Error(), "source.developers.google.com") {
		t.Errorf("got %v", err)
	}
	if s.read(s.docker) != "{}\n" || s.read(s.git) != git {
		t.Error("something was written")
	}
	s.write(s.docker, docker)
	r.Force = true
	s.configure(r)
	config := config.Load(s.Env)
	if diff := cmp.Diff([]string{"eu.gcr.io", "gcr.io"}, config.ServedByDocker()); diff != "" {
		t.Error(diff)
	}
	program, err := s.World.git()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := program.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	asked, err := program.Ask(t.Context(), entries, "https://source.developers.google.com/p/x")
	if err != nil || len(asked.Helpers) != 1 || !gitconfig.Ours(asked.Helpers[0].Value) {
		t.Errorf("git asks %v, %v", asked.Helpers, err)
	}
}

func TestRefusedFile(t *testing.T) {
	for name, text := range map[string]string{
		"comment": "{ // mine\n}", "bom": "\xef\xbb\xbf{}", "cut": "{\"auths\":",
		"non-string": "{\"plugins\":{\"iam\":{\"n\":1}},\"auths\":{\"ghcr.io\":{\"auth\":\"dTpw\"}}}",
	} {
		s := newScene(t)
		s.write(s.docker, text)
		for _, run := range []func() (Report, error){
			func() (Report, error) {
				return s.Configure(context.Background(), Request{Docker: []string{"gcr.io"}})
			},
			func() (Report, error) { return s.Unconfigure(context.Background(), Request{}) },
		} {
			_, err := run()
			if err == nil || !strings.Contains(err.Error(), s.docker) || !strings.Contains(err.Error(), "line 1, column") {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if s.read(s.docker) != text {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

// TestParallel is twenty runs at once for twenty hosts, of which none may get
// lost, with a program in between that rewrites the file without our lock.
func TestParallel(t *testing.T) {
	s := newScene(t)
	s.needGit()
	s.write(s.docker, "{\n\t\"auths\": {}\n}")
	var wait sync.WaitGroup
	var docker, git []string
	for i := range 20 {
		d, g := fmt.Sprintf("r%02d-docker.pkg.dev", i), fmt.Sprintf("https://g%02d.googlesource.com", i)
		docker, git = append(docker, d), append(git, g)
		wait.Add(1)
		go func() {
			defer wait.Done()
			r := Request{Keys: keys("serviceAccount", account), Docker: []string{d}, Git: []string{g}}
			if _, err := s.Configure(context.Background(), r); err != nil {
				t.Error(err)
			}
		}()
	}
	wait.Wait()
	if diff := cmp.Diff(docker, config.Load(s.Env).ServedByDocker()); diff != "" {
		t.Error(diff)
	}
	for _, url := range git {
		if !strings.Contains(s.read(s.git), "[credential \""+url+"\"]\n\thelper =\n\thelper = /usr/bin/git-credential-iam\n") {
			t.Errorf("%s is missing in git's file", url)
		}
	}
}

// TestHelperPath has a folder with a space, off the PATH; git must run what is
// written for it.
func TestHelperPath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	s := newScene(t)
	s.needGit()
	s.Bin = filepath.Join(s.home.Dir, "my $programs (x)")
	program := filepath.Join(s.Bin, "git-credential-iam")
	s.write(program, "#!/bin/sh\n[ \"$1\" = get ] && printf 'username=u\\npassword=p\\n'\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	s.LookPath = exec.LookPath
	if _, err := exec.LookPath("git-credential-iam"); err == nil {
		t.Skip("git-credential-iam is installed on this machine")
	}
	s.configure(Request{Keys: keys("serviceAccount", account), Git: []string{"https://source.developers.google.com"}})
	cmd := exec.Command("git", "credential", "fill")
	cmd.Env = append(slices.Clone(s.Environ), "GIT_TERMINAL_PROMPT=0")
	cmd.Stdin = strings.NewReader("protocol=https\nhost=source.developers.google.com\n\n")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "password=p") {
		t.Errorf("git does not run %q: %v\n%s", s.read(s.git), err, out)
	}
	s.unconfigure(Request{})
	if got := s.read(s.git); got != "(none)" {
		t.Errorf("left: %s", got)
	}
}

func TestNotes(t *testing.T) {
	s := newScene(t)
	s.write(s.docker, `{"auths":{"https://gcr.io":{"auth":"dTpw"}}}`)
	s.home.Env["DOCKER_AUTH_CONFIG"] = "{}"
	s.LookPath = func(string) (string, error) { return "", exec.ErrNotFound }
	report := s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"https://gcr.io/"}})
	for _, want := range []string{"docker logout gcr.io", "unset DOCKER_AUTH_CONFIG", "export PATH=", "--docker https://gcr.io/: "} {
		if !slices.ContainsFunc(report.Notes, func(n string) bool { return strings.Contains(n, want) }) {
			t.Errorf("no note says %q: %q", want, report.Notes)
		}
	}
	_, err := s.Configure(context.Background(), Request{Keys: keys("serviceAccount", account), Git: []string{"https://source.developers.google.com"}})
	if err == nil || !strings.HasSuffix(err.Error(), "; run: export PATH=DIR-OF-GIT:$PATH") {
		t.Errorf("without git: %v", err)
	}
}

// TestPathSection has a section for a path, which is used only if git tells the
// path.
func TestPathSection(t *testing.T) {
	s := newScene(t)
	s.needGit()
	s.write(s.docker, `{"plugins":{"iam@source.developers.google.com":{"serviceAccount":"source"},"iam@git.example.com":{"token":"access"},"iam@git.example.com/team":{"serviceAccount":"`+account+`"}}}`)
	s.configure(Request{Git: []string{"git.example.com", "https://source.developers.google.com"}})
	git := s.read(s.git)
	if strings.Count(git, "useHttpPath = true") != 1 || !strings.Contains(git, "[credential \"https://git.example.com\"]\n\thelper =\n\thelper = /usr/bin/git-credential-iam\n\tuseHttpPath = true") {
		t.Errorf("git's file:\n%s", git)
	}
	s.unconfigure(Request{Hosts: []string{"git.example.com", "source.developers.google.com"}})
	if git := s.read(s.git); git != "(none)" {
		t.Errorf("left:\n%s", git)
	}
}

// TestDryRunSecrets has secrets in both files, next to what changes.
func TestDryRunSecrets(t *testing.T) {
	s := newScene(t)
	s.needGit()
	s.write(s.docker, "{\n  \"HttpHeaders\": {\"X\": \"geheim\"}\n}\n")
	s.write(s.git, "[http]\n\textraHeader = geheim\n# geheim\n")
	report := s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}, Git: []string{"https://source.developers.google.com"}, DryRun: true})
	if strings.Contains(report.Diff, "geheim") || !strings.Contains(report.Diff, "+\thelper = /usr/bin/git-credential-iam") {
		t.Errorf("the difference:\n%s", report.Diff)
	}
}

// TestFlags keeps the flags within the keys that there are.
func TestFlags(t *testing.T) {
	for _, f := range Flags() {
		if !slices.Contains(config.KeyNames(), f.Key) {
			t.Errorf("--%s sets %q, which is no key", f.Name, f.Key)
		}
	}
}
