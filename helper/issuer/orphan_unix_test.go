//go:build unix

package issuer_test

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

	"github.com/credential-iam/credential-iam/helper/issuer"
	"github.com/credential-iam/credential-iam/helper/issuer/issuertest"
)

// gone waits until a process has ended; one that only waits to be reaped by
// whoever adopted it has.
func gone(pid int) bool {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		err := syscall.Kill(pid, 0)
		if errors.Is(err, syscall.ESRCH) {
			return true
		}
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && bytes.Contains(stat, []byte(") Z ")) {
			return true
		}
	}
	return false
}

func pids(t *testing.T, text string) (plugin, child int) {
	t.Helper()
	if _, err := fmt.Sscan(text, &plugin, &child); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return plugin, child
}

func TestNoOrphans(t *testing.T) {
	t.Parallel()
	token, err := ask(t, "children", nil, issuertest.NewIdentity(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	plugin, child := pids(t, token.Secret.Reveal())
	if !gone(plugin) || !gone(child) {
		t.Errorf("plugin %d gone: %t, its child %d gone: %t", plugin, gone(plugin), child, gone(child))
	}
}

// TestNoOrphansAfterHang: nor when the plugin had to be killed.
func TestNoOrphansAfterHang(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pids")
	_, err := ask(t, "children", map[string]string{"hang": file}, issuertest.NewIdentity(t), 10*time.Second)
	if e := problem(t, err); e.Code != "plugin-timeout" {
		t.Error(e)
	}
	wantGone(t, file)
}

// TestNoOrphansAfterCrash: nor when it ended by itself.
func TestNoOrphansAfterCrash(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pids")
	_, err := ask(t, "children", map[string]string{"hang": file, "then": "exit"}, issuertest.NewIdentity(t), 0)
	if e := problem(t, err); e.Code != "plugin-crash" {
		t.Error(e)
	}
	wantGone(t, file)
}

// wantGone checks that a plugin and its child, whose ids are in file, have ended.
func wantGone(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	plugin, child := pids(t, string(data))
	if !gone(plugin) || !gone(child) {
		t.Errorf("plugin %d or its child %d is still there", plugin, child)
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
}

// TestEscapee: a child that left the group and holds the pipes delays nobody.
func TestEscapee(t *testing.T) {
	t.Parallel()
	began := time.Now()
	token, err := ask(t, "escapee", nil, issuertest.NewIdentity(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(token.Secret.Reveal(), &pid); err == nil {
		defer func() { _ = syscall.Kill(pid, syscall.SIGKILL) }()
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("took %s", took)
	}
}

// TestHostKilled: the plugin goes with a host that could not say good-bye.
func TestHostKilled(t *testing.T) {
	t.Parallel()
	dir := pluginDir(t, "children")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), hostDir+"="+dir, hostTemp+"="+shortDir(t))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "pids")
	var data []byte
	for range 3000 {
		if data, _ = os.ReadFile(file); strings.Contains(string(data), " ") {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	plugin, child := pids(t, string(data))
	defer func() { _ = syscall.Kill(child, syscall.SIGKILL) }()
	if !gone(plugin) {
		_ = syscall.Kill(plugin, syscall.SIGKILL)
		t.Errorf("plugin %d outlived its host", plugin)
	}
}

// hostDir and hostTemp make the test program a host that waits for its end.
const (
	hostDir  = "ISSUER_TEST_HOST"
	hostTemp = "ISSUER_TEST_TEMP"
)

// asHost is the main of that host.
func asHost(dir, temp string) {
	o := issuer.HostOptions{Dirs: []string{dir}, TempDir: temp, Timeout: time.Minute}
	h, err := issuer.Open(context.Background(), "children", o)
	if err != nil {
		fmt.Println(err)
		return
	}
	t := issuertest.Target("children", host, map[string]string{"hang": filepath.Join(dir, "pids")})
	_, err = h.Issue(context.Background(), t, &issuertest.Identity{})
	fmt.Println(err)
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(hostDir); dir != "" {
		asHost(dir, os.Getenv(hostTemp))
		return
	}
	os.Exit(testMain(m))
}
