package gitconfig

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// Git is a git program.
type Git struct {
	// Program is its path.
	Program string
	// Environ is its environment, as os.Environ returns it.
	Environ []string
}

// timeout bounds one run of git: it only reads and writes small files.
const timeout = 10 * time.Second

// maxOutput bounds what is read from git.
const maxOutput = 4 << 20

// Run runs git with arguments in a folder ("" for the current one) and returns
// its output.
func (g Git) Run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	if err := g.checkGlobal(dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, g.Program, args...)
	// What git says of a configuration file is read, and it says it in English.
	cmd.Env, cmd.Dir = append(slices.Clip(g.Environ), "LC_ALL=C"), dir
	cmd.WaitDelay = time.Second
	out, errs := &helper.Bounded{Limit: maxOutput}, &helper.Bounded{Limit: maxOutput}
	cmd.Stdout, cmd.Stderr = out, errs
	err := cmd.Run()
	if out.Cut() {
		return nil, fmt.Errorf("git %s: it printed more than %d MiB", args[0], maxOutput>>20)
	}
	if err == nil {
		return out.Bytes(), nil
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], ctx.Err())
	}
	e := &exitError{args: args, code: -1, text: strings.TrimSpace(errs.String()), cause: err}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		e.code = exit.ExitCode()
	}
	return nil, e
}

// exitError is a run of git that failed.
type exitError struct {
	args  []string
	code  int
	text  string
	cause error
}

// Error quotes git, but no argument: one may be another program's secret.
func (e *exitError) Error() string {
	if e.text == "" {
		return fmt.Sprintf("git %s: %v", e.args[0], e.cause)
	}
	return fmt.Sprintf("git %s: %s", e.args[0], e.text)
}

// Version is git's version, as far as it decides anything.
type Version struct{ Major, Minor int }

// ProactiveAuth is the first version with http.proactiveAuth, and the first that
// takes a Bearer token from a helper.
var ProactiveAuth = Version{2, 46}

// Probing is the first version that pushes more than http.postBuffer with an
// Authorization header of a helper's.
var Probing = Version{2, 54}

// Less reports whether v is older than w.
func (v Version) Less(w Version) bool {
	return v.Major < w.Major || v.Major == w.Major && v.Minor < w.Minor
}

// String returns "2.39".
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Version asks git for its version.
func (g Git) Version(ctx context.Context) (Version, error) {
	out, err := g.Run(ctx, "", "version")
	if err != nil {
		return Version{}, err
	}
	return parseVersion(string(out))
}

// parseVersion reads "git version 2.39.5 (Apple Git-154)".
func parseVersion(s string) (Version, error) {
	fields := strings.Fields(s)
	if len(fields) >= 3 && fields[0] == "git" && fields[1] == "version" {
		parts := strings.Split(fields[2], ".")
		if len(parts) >= 2 {
			major, err1 := strconv.Atoi(parts[0])
			minor, err2 := strconv.Atoi(parts[1])
			if err1 == nil && err2 == nil {
				return Version{major, minor}, nil
			}
		}
	}
	return Version{}, fmt.Errorf("git says %q for its version", strings.TrimSpace(s))
}
