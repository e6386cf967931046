package iam

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/config"
)

func TestPlan(t *testing.T) {
	cases := []struct {
		name, principal, own, delegates, target, want string
		fold                                          int
	}{
		{"nobody", "u@x.y", "", "", "", "", 0},
		{"direct", "u@x.y", "", "", "t", "t", 0},
		{"delegates", "u@x.y", "", "a b", "t", "a b t", 0},
		{"own token of a chain", "", "a b", "", "", "a b", 0},
		{"folded", "", "a", "", "t", "a t", 1},
		{"folded with delegates", "", "a b", "c d", "t", "a b c d t", 2},
		{"own account is the target", "", "a t", "", "t", "a t", 0},
		{"own account is the target, by another way", "", "t", "c", "t", "t", 0},
		{"own account again as delegate", "", "a", "a b", "t", "a b t", 1},
		{"a loop", "", "a b", "c a d", "t", "a d t", 0},
		{"case", "", "A", "a", "t", "a t", 1},
		{"key among the delegates", "k", "", "k b", "t", "b t", 0},
		{"key behind a delegate", "k", "", "a k b", "t", "b t", 0},
		{"key is the target", "k", "", "a", "k", "k", 0},
	}
	for _, c := range cases {
		got := plan(c.principal, strings.Fields(c.own), strings.Fields(c.delegates), c.target)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", c.name, got, c.want)
		}
		if n := fold(got, strings.Fields(c.own)); n != c.fold {
			t.Errorf("%s: fold at %d, want %d", c.name, n, c.fold)
		}
	}
}

func TestProjectOf(t *testing.T) {
	for in, want := range map[string]string{
		"a@p.iam.gserviceaccount.com": "p", "a@p.example.com.iam.gserviceaccount.com": "example.com:p",
		"p@appspot.gserviceaccount.com": "p", "1-compute@developer.gserviceaccount.com": "", "123456789012345": "",
	} {
		if got := projectOf(in); got != want {
			t.Errorf("projectOf(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestProvider(t *testing.T) {
	const audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool;id/providers/p"
	want := "gcloud iam workload-identity-pools providers describe p --workload-identity-pool='pool;id' --location=global --project=1"
	if got := provider(audience); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestProtoDuration(t *testing.T) {
	for in, want := range map[string]string{"1h": "3600s", "90s": "90s", "12h": "43200s", "1s": "1s"} {
		d, err := config.ParseLifetime(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := protoDuration(d); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}
