package gitconfig

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// SystemPath returns the file that "git config --system" writes. Where it is was decided
// when this git was built, so git is asked: $GIT_CONFIG_SYSTEM, "git var" (git 2.41), or
// what git would have an editor open.
func (g Git) SystemPath(ctx context.Context) (string, error) {
	getenv, _ := g.environment()
	if path := getenv("GIT_CONFIG_SYSTEM"); path != "" {
		return path, nil
	}
	visible := g
	visible.Environ = append(slices.Clone(g.Environ), "GIT_CONFIG_NOSYSTEM=0", "GIT_EDITOR=echo")
	out, err := visible.Run(ctx, "", "var", "GIT_CONFIG_SYSTEM")
	if err != nil {
		out, err = visible.Run(ctx, "", "config", "--system", "--edit")
	}
	path, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err == nil && !filepath.IsAbs(path) {
		err = fmt.Errorf("git names %q as its system-wide file", path)
	}
	return path, err
}
