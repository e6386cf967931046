package git

import (
	"encoding/json"
	"strings"
	"testing"
)

// wantFinding fails the test unless doctor's check of that name for git.example.com
// ends in that result, with a fix that holds what is given, or with none.
func (w *world) wantFinding(t *testing.T, result, name, fix string) {
	t.Helper()
	out, _ := w.try(w.Dir, "credential-iam", "doctor", "--host", "git.example.com", "--json")
	var report struct {
		Checks []struct{ Name, Result, Detail, Fix string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("doctor --json: %v\n%s", err, out)
	}
	for _, c := range report.Checks {
		if c.Name == name {
			if c.Result != result || !strings.Contains(c.Fix, fix) || fix == "" && c.Fix != "" {
				t.Errorf("%s is %s (%s), fix %q; want %s, %q", name, c.Result, c.Detail, c.Fix, result, fix)
			}
			return
		}
	}
	t.Errorf("there is no check %q:\n%s", name, out)
}
