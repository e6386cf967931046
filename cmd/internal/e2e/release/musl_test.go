//go:build linux

package release

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// muslSubject is a program of the machine's own: it gives the job's identity, and keeps
// it in its output file, once musl's loader has found its library with no glibc there.
const muslSubject = `#include <stdio.h>
int main(void) {
	char line[65536];
	FILE *in = fopen("/root/response", "r"), *out = fopen("/root/output", "w");
	if (!in || !out) return 1;
	while (fgets(line, sizeof line, in)) {
		fputs(line, stdout);
		fputs(line, out);
	}
	return fclose(out) != 0;
}
`

// TestMusl: on a machine whose libc is musl, as Alpine's is, the release is installed
// and answers as the identity that a program linked to musl gives, through docker's
// helper, git's and the core.
func TestMusl(t *testing.T) {
	m, google := job(t)
	compiler := parts.Program(t, "musl-gcc")
	source, program := filepath.Join(t.TempDir(), "subject.c"), filepath.Join(m.root, "usr/bin/subject")
	check(t, os.WriteFile(source, []byte(muslSubject), 0o600))
	output(t, "", compiler, "-o", program, source)
	loader := interpreter(t, program)
	if !strings.HasPrefix(loader, "/lib/ld-musl-") {
		t.Fatalf("the program is loaded by %q", loader)
	}
	m.put("lib", loader)
	check(t, os.WriteFile(filepath.Join(m.root, "root/response"), google.ExecutableResponse(subject), 0o600))
	adc := filepath.Join(m.root, "root/.config/gcloud/application_default_credentials.json")
	check(t, os.MkdirAll(filepath.Dir(adc), 0o700))
	check(t, os.WriteFile(adc, google.ExternalADC(iamtest.ExternalOptions{Command: "/usr/bin/subject", OutputFile: "/root/output"}), 0o600))
	m.env = append(m.env, "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1")

	m.must("/release/install.sh --from /release", "")
	m.must("credential-iam configure --service-account "+testenv.Deployer+" --docker europe-docker.pkg.dev --set endpoint="+
		google.Endpoint()+" --set keystore=tmpfs", "")
	wantAccount(t, m, google)
	calls := google.Calls("generateAccessToken")
	out := m.must("git-credential-iam get", "protocol=https\nhost=europe-docker.pkg.dev\n\n")
	if email, _, ok := google.Inspect(testenv.Token(out)); !ok || email != testenv.Deployer {
		t.Errorf("git's helper answers as %q", email)
	}
	if got := google.Calls("generateAccessToken"); got != calls {
		t.Errorf("%d calls, want %d: the second answer is in memory", got, calls)
	}
	m.must("credential-iam status", "")
	// The identity is the program's, so without its loader there is none.
	m.must("credential-iam purge --host europe-docker.pkg.dev && rm /root/output "+loader, "")
	if out, log, code := m.run("docker-credential-iam get", "europe-docker.pkg.dev"); code == 0 {
		t.Errorf("without musl it answers: %s%s", out, log)
	}
	m.must("credential-iam unconfigure && /release/install.sh --uninstall", "")
}

// interpreter is what loads a program.
func interpreter(t *testing.T, program string) string {
	t.Helper()
	f, err := elf.Open(program)
	check(t, err)
	defer f.Close()
	section := f.Section(".interp")
	if section == nil {
		return ""
	}
	b, err := section.Data()
	check(t, err)
	return strings.TrimRight(string(b), "\x00")
}
