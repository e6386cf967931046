//go:build linux

package faults

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestFullKeystoreIsTold: where tokens do not fit any more, doctor and status name
// the limit.
func TestFullKeystoreIsTold(t *testing.T) {
	t.Parallel()
	m := newMachine(t, machine.Options{Keystore: "kernel", Plugins: map[string]testenv.Section{"iam@" + machine.DockerHost: {"lifetime": "1h"}}})
	wantToken(t, m, m.Ask(machine.Docker, "get"))
	run := func(command string, flags ...string) []byte {
		cmd := m.Command(context.Background(), machine.Core, command, "")
		cmd.Args = append(cmd.Args, flags...)
		out, _ := cmd.Output() // doctor fails for another reason
		return out
	}
	if out := string(run("status")); strings.Contains(out, "full") {
		t.Errorf("it is said to be full at first\n%s", out)
	}
	m.FillKernelQuota()
	if out := string(run("status")); !strings.Contains(out, "full: ") || !strings.Contains(out, "kernel.keys.maxbytes") {
		t.Errorf("status does not say it\n%s", out)
	}
	var report struct {
		Checks []struct{ Name, Result, Detail, Fix string }
	}
	if err := json.Unmarshal(run("doctor", "--json"), &report); err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Checks {
		if c.Name == "keystore" {
			if c.Result != "warning" || !strings.Contains(c.Detail, "kernel.keys.maxbytes") || c.Fix == "" {
				t.Errorf("doctor says %+v", c)
			}
			return
		}
	}
	t.Errorf("doctor says nothing of it: %+v", report)
}

// TestFullKeystoreAllAtOnce: where the keystore keeps no token nobody waits for one.
func TestFullKeystoreAllAtOnce(t *testing.T) {
	t.Parallel()
	m := newMachine(t, machine.Options{Keystore: "kernel"})
	m.FillKernelQuota()
	const clients = 16
	m.IAM.Fail(iamtest.Fault{Method: api, Delay: 4 * time.Second, Times: iamtest.Always})
	for i := range 2 {
		m.IAM.ResetCalls()
		start := time.Now()
		for _, a := range askAll(m, clients) {
			wantToken(t, m, a)
		}
		// The first time they find out by waiting for the first one.
		if took, calls := time.Since(start), m.IAM.Calls(api); took > clients*2*time.Second || calls != clients {
			t.Errorf("time %d: %d calls in %v", i+1, calls, took)
		}
	}
}
