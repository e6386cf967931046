package testenv

import (
	"context"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
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
	cmd.Dir, cmd.Env = dir, h.Environ(env...)
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
	h.mu.Lock()
	defer h.mu.Unlock()
	h.said.Write(out)
	return string(out), err
}

// Said is all that the programs of Try have printed.
func (h *Home) Said() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.said.String()
}

// shapes are how a token is written in an answer.
var shapes = regexp.MustCompile(`(?m)(?:"(?:Secret|token|password|access_token)":"|^(?:password|credential)=|:_authToken=|Bearer |password )([A-Za-z0-9._~+/=-]+)|Basic ([A-Za-z0-9+/=]+)`)

// Token is the token in an answer of any of the programs, in any of their
// protocols, or bare.
func Token(answer string) string {
	m := shapes.FindStringSubmatch(answer)
	if m == nil {
		return strings.TrimSpace(answer)
	}
	if m[2] == "" {
		return m[1]
	}
	login, err := base64.StdEncoding.DecodeString(m[2])
	if err != nil {
		return m[2]
	}
	_, token, _ := strings.Cut(string(login), ":")
	return token
}
