//go:build unix

package scripts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestInterrupt has a terminal's interrupt, which reaches all of docker's process
// group, while a token is minted: nothing goes on, and the next get is as ever.
func TestInterrupt(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	o := newOffice(t, map[string]testenv.Section{"iam@registry.example.com": {"issuer": "children", "issuer.hang": pids}},
		"gcr.io", "registry.example.com")
	o.Spills = true // the plugin, which holds all kinds of secrets to print
	plugins := o.Path(".local/share/credential-iam/issuers")
	if err := os.MkdirAll(plugins, 0o700); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(plugins, "credential-iam-issuer-children"), "github.com/credential-iam/credential-iam/helper/issuer/testdata/plugin")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	get := func(host string) (cmd *exec.Cmd, said *bytes.Buffer) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		t.Cleanup(cancel)
		cmd, said = o.Command(ctx, o.Dir, nil, "docker-credential-iam", "get"), new(bytes.Buffer)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(host), said, said
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		return cmd, said
	}
	interrupt := func(t *testing.T, host string, minting func() bool) {
		t.Helper()
		cmd, said := get(host)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		envtest.Await(t, "the mint", minting)
		group := cmd.Process.Pid
		if err := syscall.Kill(-group, syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Errorf("an interrupted get succeeded: %s", said)
		}
		envtest.Await(t, "the end of docker's process group", func() bool { return errors.Is(syscall.Kill(-group, 0), syscall.ESRCH) })
	}
	t.Run("google", func(t *testing.T) {
		o.google.Fail(iamtest.Fault{Method: "generateAccessToken", Hang: true})
		interrupt(t, "gcr.io", func() bool { return o.google.Calls("generateAccessToken") == 1 })
		cmd, said := get("gcr.io")
		start := time.Now()
		if err := cmd.Run(); err != nil || !strings.Contains(said.String(), `"Secret"`) {
			t.Errorf("the next get: %v, %s", err, said)
		}
		if d := time.Since(start); d > 15*time.Second {
			t.Errorf("the next get waited %s", d)
		}
	})
	t.Run("plugin", func(t *testing.T) {
		var plugin, child int
		interrupt(t, "registry.example.com", func() bool {
			b, err := os.ReadFile(pids)
			if err != nil {
				return false
			}
			_, err = fmt.Sscan(string(b), &plugin, &child)
			return err == nil
		})
		for _, pid := range []int{plugin, child} {
			envtest.Await(t, "the end of a plugin's process", func() bool { return ended(pid) })
		}
	})
}

// TestDoctorInterrupt interrupts doctor while the API hangs: what was known by then
// is printed, and nothing is said to be well.
func TestDoctorInterrupt(t *testing.T) {
	o := newOffice(t, nil, "gcr.io")
	o.google.Fail(iamtest.Fault{Method: "generateAccessToken", Hang: true})
	cmd := o.Command(t.Context(), o.Dir, nil, "credential-iam", "doctor")
	report := filepath.Join(t.TempDir(), "report")
	out, err := os.Create(report)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	envtest.Await(t, "the step that hangs", func() bool { return o.google.Calls("generateAccessToken") == 1 })
	if b, err := os.ReadFile(report); err != nil || !strings.Contains(string(b), "\nok       source: ") {
		t.Errorf("what is known is not printed yet: %s, %v", b, err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit %d", code)
	}
}

// ended reports whether a process is gone, or waits only for whoever adopted it.
func ended(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && bytes.Contains(stat, []byte(") Z "))
}
