//go:build linux

package release

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// TestEmulatedPackages: the tests of the keystores, of the adapters and of the core pass
// on other processors. Unlike [TestEmulated]'s, these programs run each other, and no
// script is between them.
func TestEmulatedPackages(t *testing.T) {
	t.Parallel() // with what keeps a processor busy for long
	if testing.Short() {
		t.Skip("other processors are built for, and emulated")
	}
	parts.Root(t)
	for _, cpu := range []struct {
		arch, emulator string
		class, machine byte // of ELF
	}{
		{"arm64", "qemu-aarch64-static", 2, 0xb7},
		{"arm", "qemu-arm-static", 1, 0x28},
	} {
		t.Run(cpu.arch, func(t *testing.T) {
			t.Parallel()
			if runtime.GOARCH == cpu.arch {
				t.Skip("this machine is one")
			}
			handler := binfmt(cpu.class, cpu.machine, parts.Program(t, cpu.emulator))
			for _, p := range []struct{ dir, skip string }{
				{"helper/wire", ""},
				// Each of the two takes a minute there.
				{"helper", "^TestModel$|^TestFleet$"},
				// The system calls a process by its emulator's name.
				{"helper/adapter", "^TestProcess$|^TestPassOnRound$"},
				{"helper/mint", ""},
				{"cmd/docker-credential-iam", ""},
				{"cmd/git-credential-iam", ""},
				// The stand-in makes RSA keys while a mint waits, ten seconds each on a busy machine.
				{"cmd/credential-iam/internal/core", "^TestPluginIdentity$"},
				// The emulator has no add_key, and runc cannot run within the namespace. The Keychain is
				// macOS's: its many processes at once now and then hang in the emulator.
				{"keystore", "^TestKernel|^TestKeychain$|^TestFindReplaced$|^TestAuto(SweepsFirst|Spills)$|^TestContainers|^TestClockSetBack$/^kernel$"},
			} {
				t.Run(p.dir, func(t *testing.T) {
					program := filepath.Join(t.TempDir(), filepath.Base(p.dir)+".test")
					goFor(t, cpu.arch, "test", "-c", "-trimpath", "-o", program, "./"+p.dir)
					cmd := exec.CommandContext(t.Context(), program, "-test.v", "-test.timeout=3m", "-test.skip="+p.skip)
					cmd.Dir = filepath.Join(root(), p.dir)
					out, err := emulated(cmd, handler).CombinedOutput()
					switch text := string(out); {
					case strings.HasPrefix(text, noHandler):
						parts.Missing(t, "a namespace has no programs of another processor here: %s", text)
					case err != nil || !strings.Contains(text, "\n--- PASS"):
						t.Errorf("%v\n%s", err, out)
					}
				})
			}
		})
	}
}

// binfmt is the line by which the kernel runs programs of a processor with an emulator
// (https://docs.kernel.org/admin-guide/binfmt-misc.html): it is opened when the line is
// read, and told the name that a program is run by.
func binfmt(class, machine byte, emulator string) string {
	magic := fmt.Sprintf(`\x7fELF\x%02x\x01\x01`+strings.Repeat(`\x00`, 9)+`\x02\x00\x%02x\x00`, class, machine)
	mask := strings.Repeat(`\xff`, 7) + `\x00` + strings.Repeat(`\xff`, 8) + `\xfe\xff\xff\xff`
	return ":emulated:M::" + magic + ":" + mask + ":" + emulator + ":POF"
}

// noHandler begins what is said where the kernel takes no such line.
const noHandler = "no handler: "

// emulated has a command and all that it runs see the handler, and nobody else: Linux 6.7
// and later let each user namespace have its own.
func emulated(cmd *exec.Cmd, handler string) *exec.Cmd {
	const script = `said=$({ mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc &&
	printf %s "$0" >/proc/sys/fs/binfmt_misc/register; } 2>&1) || { echo "` + noHandler + `$said"; exit 1; }
exec "$@"`
	cmd.Args = append([]string{"sh", "-c", script, handler}, cmd.Args...)
	cmd.Path = "/bin/sh"
	all := []syscall.SysProcIDMap{{Size: 1<<31 - 1}} // each id is itself; an int of 32 bits holds that many
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: all, GidMappings: all, GidMappingsEnableSetgroups: true}
	return cmd
}
