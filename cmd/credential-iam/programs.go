package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/helper"
)

// program is one of the adapters, in the stable form of version.
type program struct {
	Name    string `json:"name"`
	Path    string `json:"path,omitempty"`
	Version string `json:"version,omitempty"`
	Error   string `json:"error,omitempty"`
}

// versionPatience is how long a program may take to say its version.
const versionPatience = 2 * time.Second

// adapters finds the adapters, each beside this program and on the PATH, and asks
// them for their versions. Two files of one name are two entries: docker and git
// run the one on the PATH.
func (a *app) adapters(ctx context.Context) []program {
	var all []program
	for _, name := range programs.Names(programs.Of(programs.Adapter)) {
		paths := a.find(name)
		if len(paths) == 0 {
			all = append(all, program{Name: name, Error: "neither beside credential-iam nor on the PATH"})
		}
		for _, path := range paths {
			v, err := askVersion(ctx, path, name)
			found := program{Name: name, Path: path, Version: v}
			if err != nil {
				found.Error = err.Error()
			}
			all = append(all, found)
		}
	}
	return all
}

// find returns the absolute paths of a program, each file once.
func (a *app) find(name string) []string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	var candidates []string
	if a.Executable != "" {
		candidates = append(candidates, filepath.Join(filepath.Dir(a.Executable), name))
		if real, err := filepath.EvalSymlinks(a.Executable); err == nil {
			candidates = append(candidates, filepath.Join(filepath.Dir(real), name))
		}
	}
	// LookPath refuses what a relative PATH entry finds.
	if p, err := exec.LookPath(name); err == nil {
		candidates = append(candidates, p)
	}
	var paths []string
	var seen []os.FileInfo
next:
	for _, p := range candidates {
		st, err := os.Stat(p)
		if err != nil || !st.Mode().IsRegular() {
			continue
		}
		for _, other := range seen {
			if os.SameFile(st, other) {
				continue next
			}
		}
		if p, err = filepath.Abs(p); err == nil {
			seen, paths = append(seen, st), append(paths, p)
		}
	}
	return paths
}

// askVersion runs "PROGRAM --version", which an adapter answers with "NAME
// (credential-iam) VERSION".
func askVersion(ctx context.Context, path, name string) (string, error) {
	said, err := sayVersion(ctx, path)
	if err != nil {
		return "", err
	}
	f := strings.Fields(said)
	if len(f) != 3 || f[0] != name || f[1] != "(credential-iam)" {
		return "", fmt.Errorf("it is another program: it answers %q", helper.OneLine(said, 80))
	}
	return f[2], nil
}

// sayVersion returns what "PROGRAM --version" prints.
func sayVersion(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Dir = filepath.VolumeName(path) + string(filepath.Separator)
	cmd.WaitDelay = time.Second / 2
	out := &helper.Bounded{Limit: 4096}
	cmd.Stdout = out
	err := cmd.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "", fmt.Errorf("it did not say its version within %s", versionPatience)
	}
	if err != nil {
		return "", fmt.Errorf("it does not run: %w", err)
	}
	return out.String(), nil
}
