package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/session"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/status"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/issuer"
)

// values completes the values of flags and arguments. It looks where a request
// looks, without a network call and without a prompt; what cannot be read is left
// out, since a shell has no place for an error.
type values struct{ a *app }

// complete makes every flag and argument of a known meaning complete its values.
func (v values) complete(c *cobra.Command) {
	byFlag := map[string]func(context.Context) []string{
		"host": v.hosts, "docker": v.registries, "git": v.gitURLs,
		"service-account": v.accounts, "delegates": v.accounts,
		"token": fixed("access", "id", "jwt"), "issuer": v.issuers, "source": v.sources,
		"kube": v.offered("kube"), "cargo": v.offered("cargo"), "pnpm": v.offered("pnpm"),
		"bazel":    fixed("storage.googleapis.com", "remotebuildexecution.googleapis.com"),
		"lifetime": fixed("15m", "1h"), "audience": fixed(), "scopes": fixed(), "username": fixed(), "option": fixed(), "set": v.keys,
		"endpoint": fixed(), "quota-project": fixed(), "request-reason": fixed(), "timeout": fixed("20s", "1m"),
		"credential-file": fixed(session.Kinds()...), "project": fixed(), "listen": fixed(),
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if find, ok := byFlag[f.Name]; ok {
			// It fails for a flag that has one already.
			_ = c.RegisterFlagCompletionFunc(f.Name, offer(find))
		}
	})
	switch c.CommandPath() {
	case "credential-iam source remove":
		c.ValidArgsFunction = offer(v.identities)
	case "credential-iam unconfigure":
		c.ValidArgsFunction = offer(v.hosts)
	}
	for _, sub := range c.Commands() {
		v.complete(sub)
	}
}

// keys are those of a section, with the sign that a value follows.
func (v values) keys(context.Context) []string {
	all := config.KeyNames()
	for i, key := range all {
		all[i] = key + "="
	}
	return all
}

// offer is cobra's form of a list of values.
func offer(find func(context.Context) []string) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx := c.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		directive := cobra.ShellCompDirectiveNoFileComp
		var all []string
		for _, value := range find(ctx) {
			if strings.HasPrefix(value, typed) {
				all = append(all, value)
			}
		}
		if len(all) == 1 && strings.ContainsAny(all[0][len(all[0])-1:], ":=") { // more follows
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		slices.Sort(all)
		return slices.Compact(all), directive
	}
}

func fixed(all ...string) func(context.Context) []string {
	return func(context.Context) []string { return all }
}

// hosts are those of the configuration.
func (v values) hosts(ctx context.Context) []string {
	report, err := status.Look(ctx, v.a.statusWorld())
	if err != nil {
		return nil
	}
	var all []string
	for _, h := range report.Hosts {
		if !strings.Contains(h.Host, "*") {
			all = append(all, h.Host)
		}
	}
	return all
}

// offered are the names that a client's own configuration has.
func (v values) offered(client string) func(context.Context) []string {
	return func(ctx context.Context) []string { return v.a.tools().Names(ctx, client) }
}

// registries are Google's registries that docker's file or gcloud's names.
func (v values) registries(ctx context.Context) []string {
	return v.a.configureWorld().Discover(ctx, "").Registries
}

// gitURLs are Google's git hosts among the remotes of the repository at hand.
func (v values) gitURLs(ctx context.Context) []string {
	return v.a.configureWorld().Discover(ctx, "").GitHosts
}

// accounts are the service accounts of the configuration and of gcloud.
func (v values) accounts(ctx context.Context) []string {
	var all []string
	if report, err := status.Look(ctx, v.a.statusWorld()); err == nil {
		for _, h := range report.Hosts {
			all = append(all, h.ServiceAccount)
		}
	}
	all = append(all, v.a.configureWorld().Discover(ctx, "").Account)
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// issuers are the plugins that are installed.
func (v values) issuers(context.Context) []string {
	return append([]string{"google"}, issuer.Installed(issuer.DefaultDirs(v.a.Executable, v.a.Env))...)
}

// sources are the values of the key "source".
func (v values) sources(ctx context.Context) []string {
	all := []string{"adc", "gcloud", "metadata", "file:"}
	for _, name := range v.identities(ctx) {
		all = append(all, "keyring:"+name)
	}
	return all
}

// identities are the names in the keyring, if it is open.
func (v values) identities(ctx context.Context) []string {
	names, err := v.a.Identities(false).List(ctx)
	if err != nil {
		return nil
	}
	return names
}

// plainUsage takes the marks out of the flags' usage that name a value: a shell
// shows them as they are.
func plainUsage(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) })
	for _, sub := range c.Commands() {
		plainUsage(sub)
	}
}
