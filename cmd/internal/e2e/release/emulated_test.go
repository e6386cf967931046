//go:build linux

package release

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// goFor runs the go command for another processor.
func goFor(t *testing.T, arch string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOARCH="+arch, "GOARM=7")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", args[0], err, out)
	}
}

// TestEmulated: on processors that the project has no machine of, a token is minted,
// cached on the memory file system, answered again and forgotten. The programs run
// under qemu's user emulation, in a root without a libc.
func TestEmulated(t *testing.T) {
	t.Parallel() // with what keeps a processor busy for long
	if testing.Short() {
		t.Skip("other processors are built for, and emulated")
	}
	for _, cpu := range []struct{ arch, emulator string }{{"arm64", "qemu-aarch64-static"}, {"arm", "qemu-arm-static"}} {
		t.Run(cpu.arch, func(t *testing.T) {
			if runtime.GOARCH == cpu.arch {
				t.Skip("this machine is one")
			}
			emulator := parts.Program(t, cpu.emulator)
			m := newEmpty(t)
			m.put("emulator", emulator)
			for _, p := range programs.All() {
				if p.Name != "credential-iam" && p.Name != "docker-credential-iam" && p.Name != "git-credential-iam" {
					continue
				}
				// An adapter sees its own folder and looks for the core there.
				program := "/emulated/" + p.Name
				places := []string{"usr/bin/" + p.Name}
				if p.Kind == programs.Core {
					program = "/emulated/core/" + p.Name
					places = append(places, "emulated/"+p.Name)
				}
				goFor(t, cpu.arch, "build", "-trimpath", "-buildvcs=false", "-tags", p.Tags, "-o", filepath.Join(m.root, program), "./cmd/"+p.Name)
				// The kernel runs no foreign program here, so a script has the emulator do it.
				script := "#!/bin/sh\nexec /emulator/" + filepath.Base(emulator) + " " + program + ` "$@"` + "\n"
				for _, place := range places {
					check(t, testenv.WriteProgram(filepath.Join(m.root, place), []byte(script)))
				}
			}
			google := signIn(t, m)
			m.must("mkdir -p /root/.docker && cat > /root/.docker/config.json", `{"plugins":{"iam":{"serviceAccount":"`+testenv.Deployer+`","endpoint":"`+google.Endpoint()+`","keystore":"tmpfs"}}}`)
			var first, second struct{ Secret string }
			check(t, json.Unmarshal([]byte(m.must("docker-credential-iam get", "europe-docker.pkg.dev")), &first))
			check(t, json.Unmarshal([]byte(m.must("docker-credential-iam get", "gcr.io")), &second))
			if email, _, ok := google.Inspect(first.Secret); !ok || email != testenv.Deployer || second.Secret != first.Secret {
				t.Errorf("answered as %q, and the same again: %v", email, second.Secret == first.Secret)
			}
			if got := google.Calls("generateAccessToken"); got != 1 {
				t.Errorf("%d calls, want 1", got)
			}
			m.must("docker-credential-iam list && git-credential-iam get", "protocol=https\nhost=europe-docker.pkg.dev\n\n")
			m.must("credential-iam purge --host europe-docker.pkg.dev", "") // without it, the tokens of whoever runs the test
			m.must("docker-credential-iam get", "europe-docker.pkg.dev")
			if got := google.Calls("generateAccessToken"); got != 2 {
				t.Errorf("%d calls after a purge, want 2", got)
			}
		})
	}
}
