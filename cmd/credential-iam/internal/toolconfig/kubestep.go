package toolconfig

import (
	"context"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/helper"
)

// step gives a context another user.
func (c kubectl) step(name, old, fresh string, isNew bool) Step {
	exec := []string{"set-credentials", "--exec-command=" + program, "--exec-arg=kube", "--exec-api-version=" + kubeVersion,
		"--exec-provide-cluster-info=true", "--exec-interactive-mode=Never", "--", fresh}
	use := []string{"set-context", "--user=" + fresh, "--", name}
	if fresh == old { // only its plugin is completed
		return Step{
			Changes: []Change{{File: c.file, Key: "users." + fresh + ".exec", New: []string{program + " kube"}}},
			Diff:    "would run: kubectl config " + words(exec) + "\n",
			Step: &action{
				do:   func(ctx context.Context) error { return c.edit(ctx, exec...) },
				undo: func(context.Context) error { return nil }, // what it lacked made it fail
			},
		}
	}
	return Step{
		Changes: []Change{{File: c.file, Key: "contexts." + name + ".user", Old: first(old), New: []string{fresh}}},
		Diff:    "would run: kubectl config " + words(exec) + "\nwould run: kubectl config " + words(use) + "\n",
		Step: &action{do: func(ctx context.Context) error {
			err := c.edit(ctx, exec...)
			if err != nil {
				return err
			}
			if err = c.edit(ctx, use...); err != nil && isNew {
				_ = c.edit(ctx, "delete-user", "--", fresh)
			}
			return err
		}, undo: func(ctx context.Context) error {
			err := c.edit(ctx, "set-context", "--user="+old, "--", name)
			if isNew && err == nil {
				err = c.edit(ctx, "delete-user", "--", fresh)
			}
			return err
		}},
	}
}

func words(args []string) string {
	all := make([]string, len(args))
	for i, a := range args {
		all[i] = helper.ShellWord(a)
	}
	return strings.Join(all, " ")
}

// back gives a context its old user again.
func (c kubectl) back(name, fresh, old string, last bool) Step {
	use, drop := []string{"set-context", "--user=" + old, "--", name}, []string{"delete-user", "--", fresh}
	text := "would run: kubectl config " + words(use) + "\n"
	if last {
		text += "would run: kubectl config " + words(drop) + "\n"
	}
	return Step{
		Changes: []Change{{File: c.file, Key: "contexts." + name + ".user", Old: []string{fresh}, New: first(old)}},
		Diff:    text,
		Step: &action{do: func(ctx context.Context) error {
			err := c.edit(ctx, use...)
			if err == nil && last {
				err = c.edit(ctx, drop...)
			}
			return err
		}, undo: func(ctx context.Context) error {
			return files.Apply(ctx, c.step(name, old, fresh, false))
		}},
	}
}
