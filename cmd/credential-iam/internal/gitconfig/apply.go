package gitconfig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/owner"
)

// Preview returns what the global file would hold after the steps; raw is what
// it holds now, nil where there is none. Git edits a copy.
func (g Git) Preview(ctx context.Context, raw []byte, steps []Step) (after []byte, err error) {
	dir, err := os.MkdirTemp("", "credential-iam-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "config")
	if raw != nil {
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			return nil, err
		}
	}
	if err := g.apply(ctx, steps, "--file", file); err != nil {
		return nil, err
	}
	after, err = os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return after, err
}

// Apply carries out the steps in the global file and checks that git reads them
// there. A file that the steps emptied is removed.
func (g Git) Apply(ctx context.Context, steps []Step) error {
	path := GlobalPath(g.environment())
	if err := regular(path); err != nil {
		return err
	}
	target, err := files.Follow(path)
	if err != nil {
		return err
	}
	was := owner.Before(target) // git puts a new file in the place of the old one
	defer was.Close()
	if err := g.apply(ctx, steps, "--global"); err != nil {
		return errors.Join(err, was.Restore())
	}
	if err := was.Restore(); err != nil {
		return fmt.Errorf("it was written but its owner cannot be kept: %w", err)
	}
	entries, err := g.List(ctx, "", "--global")
	if err != nil {
		return err
	}
	want := map[string][]string{}
	for _, s := range steps {
		want[s.Key] = s.New
	}
	for k, values := range want {
		var have []string
		for _, e := range entries {
			if e.Key() == k {
				have = append(have, e.Value)
			}
		}
		if !slices.Equal(have, values) {
			return fmt.Errorf("%s was written but reads back otherwise", k)
		}
	}
	return g.removeEmpty()
}

func (g Git) apply(ctx context.Context, steps []Step, where ...string) error {
	config := append([]string{"config"}, where...)
	for _, s := range steps {
		var runs [][]string
		if len(s.New) == 0 {
			runs = append(runs, []string{"--unset-all", s.Key})
		}
		for i, v := range s.New {
			how := "--add"
			if i == 0 {
				how = "--replace-all"
			}
			runs = append(runs, []string{how, s.Key, v})
		}
		for _, args := range runs {
			if err := g.patiently(ctx, append(slices.Clone(config), args...)); err != nil {
				return err
			}
		}
	}
	return nil
}

// patiently runs git again while another program holds the lock of the file,
// which it does for a moment.
func (g Git) patiently(ctx context.Context, args []string) error {
	var err error
	for pause := 10 * time.Millisecond; pause < time.Second; pause *= 2 {
		if _, err = g.Run(ctx, "", args...); err == nil || !strings.Contains(err.Error(), "could not lock config file") || !strings.Contains(err.Error(), "exists") {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	return err
}
