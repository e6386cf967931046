package gitconfig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// Asked is what git does when a server wants a credential.
type Asked struct {
	// Helpers are the entries of the helpers that git runs, in its order. To one
	// that comes after the helper that answers it still shows what was answered,
	// once the server has taken it.
	Helpers []Entry
	// Path reports whether git tells the helpers the path of a repository.
	Path bool
}

// Ask has git itself say which helpers it runs for a URL, in which "*" stands for a
// label that nothing else is called. The entries are those of List.
//
// Nobody's helper is run and nothing of a helper's value is written anywhere: "git
// credential fill" runs in a folder of its own on a copy of the credential settings,
// in which each helper prints its number and answers nothing. So git decides which
// patterns match, what an empty helper forgets and which useHttpPath counts; those
// rules are git's and not simple (a pattern without a scheme matches a host but no
// wildcard, the last useHttpPath that matches counts and not the longest).
func (g Git) Ask(ctx context.Context, entries []Entry, url string) (Asked, error) {
	dir, err := os.MkdirTemp("", "credential-iam-*")
	if err != nil {
		return Asked{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	config, helpers := numbered(entries)
	if err := os.WriteFile(filepath.Join(dir, ".gitconfig"), config, 0o600); err != nil {
		return Asked{}, err
	}
	said, err := g.fill(ctx, dir, "url="+sample(url)+"\n\n")
	if err != nil {
		return Asked{}, err
	}
	return readAsked(said, helpers)
}

// anyLabel stands for a label that a pattern leaves open.
const anyLabel = "any-label"

// sample returns a URL that a pattern with asterisks matches.
func sample(url string) string { return strings.ReplaceAll(url, "*", anyLabel) }

// marker begins the line that a helper of the copy prints.
const marker = "credential-iam-helper "

// numbered returns the credential settings as a file of git's in which each helper
// prints the index of its entry and what git tells it, and those entries.
func numbered(entries []Entry) (config []byte, helpers []Entry) {
	var b bytes.Buffer
	for _, e := range entries {
		if e.Section != "credential" {
			continue
		}
		value := e.Value
		switch e.Name {
		case "helper":
			if value != "" {
				value = fmt.Sprintf("!{ echo %q; cat; } >&2; :", marker+strconv.Itoa(len(helpers)))
				helpers = append(helpers, e)
			}
		case "usehttppath", "username":
		default:
			continue
		}
		b.WriteString("[credential")
		if e.URL != "" {
			b.WriteString(" " + quoted(e.URL))
		}
		fmt.Fprintf(&b, "]\n\t%s = %s\n", e.Name, quoted(value))
	}
	return b.Bytes(), helpers
}

// quoted is a subsection or a value as git's file has it.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// fill runs "git credential fill" where git sees no configuration but that of dir,
// and returns what it says on standard error. It fails, since nobody answers.
func (g Git) fill(ctx context.Context, dir, request string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, g.Program, "credential", "fill")
	cmd.Env = cmd.Environ()
	if g.Environ != nil {
		cmd.Env = g.Environ
	}
	cmd.Env = append(withoutGit(cmd.Env), "LC_ALL=C", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=")
	cmd.Dir, cmd.Stdin, cmd.WaitDelay = dir, strings.NewReader(request), time.Second
	errs := &helper.Bounded{Limit: maxOutput}
	cmd.Stderr = errs
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("git credential: %w", ctx.Err())
	case err != nil && !errors.As(err, &exit):
		return "", fmt.Errorf("git credential: %w", err)
	}
	return errs.String(), nil
}

// withoutGit leaves out what would lead git to another configuration, or have it
// write what it does.
func withoutGit(environ []string) []string {
	var kept []string
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "GIT_") && name != "SSH_ASKPASS" || name == "GIT_EXEC_PATH" {
			kept = append(kept, v)
		}
	}
	return kept
}

// readAsked reads what the helpers of the copy printed, one after the other.
func readAsked(said string, helpers []Entry) (Asked, error) {
	var a Asked
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\r\n")
		if number, ok := strings.CutPrefix(line, marker); ok {
			i, err := strconv.Atoi(number)
			if err != nil || i < 0 || i >= len(helpers) {
				return Asked{}, fmt.Errorf("git credential: a helper that nobody configured (%q)", number)
			}
			a.Helpers = append(a.Helpers, helpers[i])
		}
		a.Path = a.Path || strings.HasPrefix(line, "path=") && len(a.Helpers) > 0
	}
	return a, nil
}
