package home

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Patience is longer than any program takes that does not hang.
const Patience = 60 * time.Second

// Command prepares a program of the home's PATH, with more environment if need
// be. It has no terminal: git would say so rather than hang if it wanted to ask a
// person.
func (h *Home) Command(ctx context.Context, dir string, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, h.find(name), args...)
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipes
	cmd.Dir = dir
	for _, key := range slices.Sorted(maps.Keys(h.Env)) {
		cmd.Env = append(cmd.Env, key+"="+h.Env[key])
	}
	cmd.Env = append(cmd.Env, env...)
	detach(cmd)
	return cmd
}

// find looks a program up on the home's PATH, not on ours.
func (h *Home) find(name string) string {
	if filepath.Base(name) != name {
		return name
	}
	for _, dir := range filepath.SplitList(h.Env["PATH"]) {
		path := filepath.Join(dir, name)
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return path
		}
	}
	return name
}

// Try runs a program and returns all that it printed.
func (h *Home) Try(dir string, env []string, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience) // also used in a cleanup
	defer cancel()
	out, err := h.Command(ctx, dir, env, name, args...).CombinedOutput()
	h.said.Write(out)
	return string(out), err
}

// Must runs a program that has to succeed.
func (h *Home) Must(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	out, err := h.Try(dir, env, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}
