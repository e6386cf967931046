package main

import (
	"github.com/spf13/pflag"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/configure"
	"github.com/credential-iam/credential-iam/helper"
)

// toolFlags are the flags that name clients beyond docker and git.
type toolFlags struct {
	kube, pnpm, cargo, bazel []string
	pip, terraform, kubelet  bool
	out                      string
}

// addNames adds the flags that name the clients that both configure and unconfigure
// know.
func (t *toolFlags) addNames(flags *pflag.FlagSet) {
	flags.StringArrayVar(&t.kube, "kube", nil, "`CONTEXT` of kubectl (repeatable)")
	flags.BoolVar(&t.pip, "pip", false, "pip, by a command keyring")
	flags.StringArrayVar(&t.pnpm, "pnpm", nil, "registry `URL` of pnpm (repeatable)")
	flags.StringArrayVar(&t.cargo, "cargo", nil, "`REGISTRY` of cargo's configuration, by its name (repeatable)")
	flags.BoolVar(&t.terraform, "terraform", false, "Terraform and OpenTofu")
	flags.StringArrayVar(&t.bazel, "bazel", nil, "`HOST` that Bazel downloads from (repeatable)")
}

// add adds all of configure's.
func (t *toolFlags) add(flags *pflag.FlagSet, r *configure.Request) {
	t.addNames(flags)
	flags.StringArrayVar(&r.Npmrc, "npmrc", nil, "registry `URL` of npm, which runs no helper (repeatable)")
	flags.StringArrayVar(&r.Hosts, "host", nil, "`HOST` that any other client asks for (repeatable)")
	flags.BoolVar(&t.kubelet, "kubelet", false, "print the configuration of kubelet's credential provider")
	flags.StringVar(&t.out, "out", "", "write kubelet's configuration to this `FILE` instead")
	flags.StringVar(&r.LinkDir, "link-dir", "", "`DIR` for the links that pip and pnpm run")
}

// read enters the flags in a request. Only is true where kubelet's configuration is to
// be printed, and nothing else is to be done.
func (t *toolFlags) read(r *configure.Request) (only bool, err error) {
	for flag, path := range map[string]string{"--out": t.out, "--link-dir": r.LinkDir} {
		if helper.LooksSecret(path) {
			return false, usagef("%s: %s", flag, helper.NotShown)
		}
	}
	r.Tools = map[string][]string{}
	for name, values := range map[string][]string{"kube": t.kube, "pnpm": t.pnpm, "cargo": t.cargo, "bazel": t.bazel} {
		if len(values) > 0 {
			r.Tools[name] = values
		}
	}
	for name, is := range map[string]bool{"pip": t.pip, "terraform": t.terraform} {
		if is {
			r.Tools[name] = nil
		}
	}
	others := len(r.Tools) + len(r.Keys) + len(r.Docker) + len(r.Git) + len(r.Hosts) + len(r.Npmrc)
	switch {
	case t.out != "" && !t.kubelet:
		return false, usagef("--out is the file of --kubelet")
	case t.kubelet && t.out == "" && others > 0:
		return false, usagef("--kubelet prints its configuration; name a file (--out) to configure something else in the same run")
	}
	r.KubeletFile = t.out
	return t.kubelet && t.out == "", nil
}
