//go:build linux

package sdk

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// TestJava has Google's library for Java find the account, though the person has a login
// of its own: by the credential file that exec writes for a command of Java's, and by the
// metadata server. The library is that in gcloud's emulator for Pub/Sub: the registry that
// has it alone is none that the tests can need.
func TestJava(t *testing.T) {
	found, _ := filepath.Glob(filepath.Join(gcloudRoot(t), "platform", "pubsub-emulator", "lib", "cloud-pubsub-emulator-*-all.jar"))
	if len(found) == 0 {
		t.Skip("no Pub/Sub emulator in gcloud, which has Google's library for Java in it")
	}
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("no java on the PATH")
	}
	javac := parts.Program(t, "javac")
	w := newOffice(t, machine.Options{})
	classes := filepath.Join(w.Work, "classes")
	out, err := exec.Command(javac, "-proc:none", "-cp", found[0], "-d", classes, filepath.Join("testdata", "Ask.java")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.Env["PATH"] += ":" + filepath.Dir(mustLook(t, "java"))
	for _, command := range []string{"java", "sh"} { // by its name, and by the flag
		args := []string{machine.Core, "exec", "--"}
		if command == "sh" {
			args = []string{machine.Core, "exec", "--credential-file", "user", "--", "sh", "-c", `exec "$@"`, "sh"}
		}
		a := w.try(nil, append(args, "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", found[0]+string(os.PathListSeparator)+classes, "Ask")...)
		lines := strings.Split(strings.TrimSpace(a.stdout), "\n")
		if a.code() != 0 || len(lines) != 5 || lines[0] != "ExternalAccountAuthorizedUserCredentials" || lines[3] != deployer || !strings.HasPrefix(lines[4], "eyJ") {
			t.Fatalf("%s: exit %d: %q %s", command, a.code(), lines, a.stderr)
		}
		w.wantToken(lines[1])
		w.wantToken(lines[2])
	}
	if n := w.IAM.Calls("generateAccessToken"); n != 1 {
		t.Errorf("%d tokens were made, want 1", n)
	}
}
