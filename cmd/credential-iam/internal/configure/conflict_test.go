package configure

import (
	"context"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
)

// Every helper that is in the way is told in one run, and the command that is printed
// replaces all of them.
func TestConflicts(t *testing.T) {
	s := newScene(t).withPrograms()
	s.needGit()
	s.write(s.docker, `{"credHelpers":{"gcr.io":"gcloud","eu.gcr.io":"pass","us.gcr.io":"iam"}}`)
	s.write(s.git, "[credential \"https://source.developers.google.com\"]\n\thelper = gcloud.sh\n")
	s.write("auth.json", `{"credHelpers":{"gcr.io":"other"}}`)
	s.write(s.home.Path(".bazelrc"), "common --credential_helper=gcr.io=/usr/bin/another\n")
	r := Request{
		Keys: keys("serviceAccount", account), Docker: []string{"gcr.io", "eu.gcr.io", "us.gcr.io"}, Git: []string{"https://source.developers.google.com"},
		AuthFile: s.home.Path("auth.json"), Tools: map[string][]string{"bazel": {"gcr.io"}}, NoCheck: true,
	}
	docker, git := s.read(s.docker), s.read(s.git)
	_, err := s.Configure(context.Background(), r)
	if err == nil {
		t.Fatal("others' helpers were replaced")
	}
	e := helper.AsError(err)
	for _, want := range []string{`"gcloud"`, `"pass"`, `"other"`, `"gcloud.sh"`, "the helper another", s.docker, s.git, "auth.json", ".bazelrc", "; nothing was changed"} {
		if !strings.Contains(e.Reason, want) {
			t.Errorf("%s is not told: %v", want, err)
		}
	}
	if !strings.HasPrefix(e.Hint, "credential-iam configure ") || !strings.HasSuffix(e.Hint, " --force") || strings.Count(e.Reason, "nothing was changed") != 1 {
		t.Errorf("got %v", err)
	}
	for _, flag := range []string{"--docker gcr.io", "--docker eu.gcr.io", "--docker us.gcr.io", "--git https://source.developers.google.com", "--bazel gcr.io", "--auth-file "} {
		if !strings.Contains(e.Hint, flag) {
			t.Errorf("%s is missing in %s", flag, e.Hint)
		}
	}
	if s.read(s.docker) != docker || s.read(s.git) != git {
		t.Error("something was written")
	}
	r.Force = true
	s.configure(r)
	if got := s.read(s.docker); strings.Contains(got, "gcloud") || strings.Contains(got, "pass") {
		t.Errorf("left: %s", got)
	}
}
