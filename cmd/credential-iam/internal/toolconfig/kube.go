package toolconfig

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// kube is kubectl and all of client-go: a user with an exec plugin, which the context
// gets instead of its own (kubernetes.io, "client-go credential plugins"). The old
// user stays, and is part of the new one's name, so that it can come back. kubectl
// itself edits its file, and so loses comments.
type kube struct{}

func (kube) Name() string { return "kube" }

const (
	kubeUser    = "credential-iam"
	kubeVersion = "client.authentication.k8s.io/v1"
)

// kubeName is the user that a context gets instead of an old one.
func kubeName(old string) string {
	if old == "" {
		return kubeUser
	}
	return kubeUser + ":" + old
}

// kubeWas returns the user that gave way to one of ours.
func kubeWas(name string) (old string, ours bool) {
	if name == kubeUser {
		return "", true
	}
	return strings.CutPrefix(name, kubeUser+":")
}

func (k kube) Configure(ctx context.Context, w World, names []string, _ bool) (Plan, error) {
	plan := Plan{Hosts: map[string]string{}}
	if _, err := w.installed(program); err != nil {
		return plan, err
	}
	c, config, err := w.kubectl(ctx)
	if err != nil {
		return plan, err
	}
	made := map[string]bool{}
	for _, name := range names {
		at, ok := config.context(name)
		if !ok {
			return plan, w.noContext(config, name)
		}
		cluster := config.cluster(at.Cluster)
		u, err := host.Form{Schemes: []string{"https", "http"}}.Read(cluster.Server)
		switch {
		case err != nil, u.Protocol != "https" && !u.Host.Loopback():
			return plan, failure("configure kubectl for", name, "its cluster "+helper.OneLine(at.Cluster, 80)+" has no https server; nothing was changed", "kubectl config set-cluster "+helper.ShellWord(at.Cluster)+" --server=https://HOST")
		case cluster.Insecure && !u.Host.Loopback():
			return plan, failure("configure kubectl for", name, "its cluster is not verified (insecure-skip-tls-verify), so a token would go to whoever answers; nothing was changed",
				"kubectl config set-cluster "+helper.ShellWord(at.Cluster)+" --insecure-skip-tls-verify=false")
		}
		plan.Hosts[name] = u.Host.String()
		user := config.user(at.User)
		if user.ours() && user.complete() {
			continue
		}
		fresh := kubeName(at.User)
		if user.ours() {
			fresh = at.User // its plugin lacks something
		} else if there := config.user(fresh); there.Name != "" && !there.ours() {
			return plan, failure("configure kubectl for", name, "there is a user "+fresh+" that does not run "+program+"; nothing was changed", "kubectl config delete-user "+helper.ShellWord(fresh))
		}
		plan.Steps = append(plan.Steps, c.step(name, at.User, fresh, !made[fresh] && config.user(fresh).Name == ""))
		made[fresh] = true
	}
	plan.Notes = w.onPath("kubectl", program)
	if len(plan.Steps) > 0 && w.kubeComments() {
		plan.Notes = append(plan.Notes, "kubectl rewrites "+c.file+", without its comments")
	}
	return plan, nil
}

// Uses has a use for each context whose user runs our program. kubectl is asked only
// where a file of its own names the program.
func (k kube) Uses(ctx context.Context, w World) ([]Use, error) {
	if !w.kubeNamed() {
		return nil, nil
	}
	c, config, err := w.kubectl(ctx)
	if err != nil {
		return nil, err
	}
	var all []Use
	for _, at := range config.Contexts {
		user, cluster := config.user(at.Context.User), config.cluster(at.Context.Cluster)
		if !user.ours() {
			continue
		}
		u := Use{Client: k.Name(), Name: at.Name, Server: cluster.Server, Program: user.User.Exec.Command, File: c.file}
		again := "credential-iam configure --kube " + helper.ShellWord(at.Name)
		_, missing := w.LookPath(u.Program)
		switch {
		case !user.complete():
			u.Trouble, u.Fix = "its plugin "+user.lacks(), again
		case cluster.Insecure && !strings.HasPrefix(cluster.Server, "http://"):
			u.Trouble = "its cluster is not verified (insecure-skip-tls-verify), so it gets no token"
			u.Fix = "kubectl config set-cluster " + helper.ShellWord(at.Context.Cluster) + " --insecure-skip-tls-verify=false"
		case missing != nil && w.Bin != "":
			u.Trouble, u.Fix = u.Program+" is not on the PATH, and kubectl looks for it nowhere else", helper.PathCommand(w.Bin)
		}
		all = append(all, u)
	}
	return all, nil
}

func (k kube) Unconfigure(ctx context.Context, w World, wanted func(Use) bool) (Plan, error) {
	var plan Plan
	uses, err := k.Uses(ctx, w)
	if uses = ours(uses, wanted); err != nil || len(uses) == 0 {
		return plan, err
	}
	c, config, err := w.kubectl(ctx)
	if err != nil {
		return plan, err
	}
	left := map[string]int{}
	for _, at := range config.Contexts {
		left[at.Context.User]++
	}
	for _, u := range uses {
		at, _ := config.context(u.Name)
		old, made := kubeWas(at.User)
		if !made {
			plan.Notes = append(plan.Notes, "kept the user "+at.User+" of kubectl's context "+u.Name+": configure did not write it")
			continue
		}
		if old != "" && config.user(old).Name == "" {
			plan.Notes = append(plan.Notes, "kubectl's context "+u.Name+" has its user "+old+" again, which kubectl knows nothing of")
		}
		left[at.User]--
		plan.Steps = append(plan.Steps, c.back(u.Name, at.User, old, left[at.User] == 0))
	}
	return plan, nil
}

// noContext is the error of a context that is not there: perhaps no file is.
func (w World) noContext(config kubeConfig, name string) error {
	const op = "configure kubectl for"
	files := w.kubeFiles()
	switch {
	case len(files) > 0 && !slices.ContainsFunc(files, isFile):
		return failure(op, name, "kubectl's configuration "+files[0]+" does not exist; nothing was changed", helper.SetCommand("KUBECONFIG", "FILE"))
	case len(config.Contexts) == 0:
		return failure(op, name, "kubectl's configuration has no context at all; nothing was changed", helper.SetCommand("KUBECONFIG", "FILE"))
	}
	why := "kubectl has no such context"
	var names []string
	for _, x := range config.Contexts {
		names = append(names, x.Name)
	}
	if meant := helper.Misspelled(name, names); meant != "" {
		why += "; did you mean " + strconv.Quote(meant) + "?"
	}
	return failure(op, name, why+"; nothing was changed", "kubectl config get-contexts")
}

// context returns a context by its name.
func (c kubeConfig) context(name string) (kubeContext, bool) {
	i := slices.IndexFunc(c.Contexts, func(x namedContext) bool { return x.Name == name })
	if i < 0 {
		return kubeContext{}, false
	}
	return c.Contexts[i].Context, true
}
