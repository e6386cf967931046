package main

import (
	"os"
	"os/exec"
	"path/filepath"
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

// A real bash reads the script and completes with it.
func TestCompleteBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	w := newWorld(t)
	r := w.run("", "completion", "bash")
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("script", r.stdout)
	// What the script asks is answered as the program does.
	answer := w.run("", "__complete", "configure", "--token", "")
	write("credential-iam", "#!/bin/sh\ncat <<'END'\n"+answer.stdout+"END\n")
	cmd := exec.Command(bash, "-c", `for f in /usr/share/bash-completion/bash_completion /etc/bash_completion; do
	if [ -e "$f" ]; then source "$f"; break; fi
done
# What the package bash-completion does here, where it is not installed.
declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
	words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
}
source ./script
COMP_WORDS=(credential-iam configure --token "") COMP_CWORD=3 COMP_LINE="credential-iam configure --token " COMP_POINT=33 COMP_TYPE=9
__start_credential-iam
printf '%s\n' "${COMPREPLY[@]}"`)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "HOME=" + dir}
	out, err := cmd.CombinedOutput()
	for _, want := range []string{"access", "id", "jwt"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("bash completes %q, %v, want %q in it", out, err, want)
		}
	}
}
