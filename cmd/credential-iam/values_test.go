package main

import (
	"strings"
	"testing"
)

// Values are completed from the configuration, without a call, and no mark of a
// flag's usage is shown.
func TestCompleteValues(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]map[string]string{
		"iam":                 {"serviceAccount": deployer},
		"iam@git.example.com": {"token": "id"},
		"iam@*.example.org":   {"token": "id"},
	})
	w.calls(0)
	for line, want := range map[string]string{
		"token --host g":                 "git.example.com",
		"token --service-account ":       deployer,
		"configure --token ":             "jwt",
		"configure --issuer ":            "google",
		"configure --source f":           "file:",
		"unconfigure git":                "git.example.com",
		"help conf":                      "configuration",
		"completion p":                   "powershell",
		"doctor --host g":                "git.example.com",
		"sign-blob --delegates deployer": deployer,
	} {
		r := w.run("", append([]string{"__complete"}, strings.Split(line, " ")...)...)
		if r.code != 0 || !strings.Contains("\n"+r.stdout, "\n"+want) {
			t.Errorf("%q: exit %d, %q, want %q in it", line, r.code, r.stdout, want)
		}
	}
	if r := w.run("", "__complete", "token", "--host", ""); strings.Contains(r.stdout, "*") {
		t.Errorf("a pattern is offered as a host: %q", r.stdout)
	}
	if r := w.run("", "__complete", "configure", "--"); strings.Contains(r.stdout, "`") || !strings.Contains(r.stdout, "--docker") {
		t.Errorf("flags: %q", r.stdout)
	}
	w.calls(0)
}
