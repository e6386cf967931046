package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/near"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// targetFlags are the flags that name the account of a command. Their values are
// kept by the configuration's own keys, since they have the same meaning: a layer
// above the environment and the file.
//
// --host stands for a whole identity of the configuration, so it excludes the
// flags that would change a part of it.
type targetFlags struct {
	host   hostFlag
	values map[string]string
}

// flagNames are the flags by the key of the configuration that they set.
var flagNames = map[string]string{
	"serviceAccount": "service-account", "delegates": "delegates", "source": "source",
	"scopes": "scopes", "lifetime": "lifetime", "audience": "audience",
	"endpoint": "endpoint", "quotaProject": "quota-project", "requestReason": "request-reason",
}

// addTargetFlags adds --host, --service-account, --delegates and --source.
func addTargetFlags(c *cobra.Command) *targetFlags {
	f := &targetFlags{values: map[string]string{}}
	c.Flags().Var(&f.host, "host", "take everything from the configuration of this host: HOST, HOST:PORT or a URL (excludes the other identity flags)")
	f.add(c, "serviceAccount", "EMAIL", "service account to act as, an e-mail or its numeric id, or source for the source identity itself")
	f.add(c, "delegates", "A,B", "delegation chain, comma-separated, starting with the account that the source impersonates")
	f.add(c, "source", "SOURCE", "source identity: adc, gcloud, metadata, file:PATH or keyring:NAME")
	return f
}

// add adds the flag of one key.
func (f *targetFlags) add(c *cobra.Command, key, kind, usage string) {
	c.Flags().Var(setting{f.values, key, kind}, flagNames[key], usage)
}

// setting is a flag that sets a key of the configuration and takes the same
// values.
type setting struct {
	values    map[string]string
	key, kind string
}

// String returns the value, "" if the flag is not given.
func (s setting) String() string { return s.values[s.key] }

// Type names the value in the help.
func (s setting) Type() string { return s.kind }

// Set checks a value.
func (s setting) Set(v string) error { return setKey(s.values, s.key, v) }

// setKey enters a value of the command line.
func setKey(values map[string]string, key, v string) error {
	if helper.LooksSecret(v) {
		if err := config.CheckValue(key, v); errors.Is(err, helper.ErrLineBreak) {
			return err
		}
		return errors.New(helper.NotShown)
	}
	if path, ok := strings.CutPrefix(v, "file:"); ok && key == "source" && !strings.HasPrefix(path, "~/") {
		// A path on the command line is relative to the person's folder.
		abs, err := filepath.Abs(path)
		if err != nil || path == "" {
			return fmt.Errorf("%q names no file", v)
		}
		v = "file:" + abs
	}
	if v != "" && (key == "serviceAccount" || key == "delegates") {
		if v = bareAccounts(v); v == "" {
			return errors.New("one of its names is empty; want " + accountForms[key])
		}
	}
	if err := config.CheckValue(key, v); err != nil {
		return err
	}
	values[key] = v
	return nil
}

// accountForms are what the flags of accounts want.
var accountForms = map[string]string{"serviceAccount": "EMAIL", "delegates": "A,B"}

// bareAccounts returns a list of accounts without the long form of the API, "" if a
// name among them is empty.
func bareAccounts(v string) string {
	names := strings.Split(v, ",")
	for i, name := range names {
		if names[i] = helper.BareAccount(strings.TrimSpace(name)); names[i] == "" {
			return ""
		}
	}
	return strings.Join(names, ",")
}

// hostFlag is the value of --host.
type hostFlag struct {
	text    string
	request helper.Request
}

// String returns what was given.
func (h *hostFlag) String() string { return h.text }

// Type names the value in the help.
func (*hostFlag) Type() string { return "HOST" }

// Set reads HOST, HOST:PORT, HOST/PATH or a URL.
func (h *hostFlag) Set(v string) error {
	if helper.LooksSecret(v) {
		return errors.New(helper.NotShown)
	}
	u, err := host.Typed().Read(v)
	if err != nil {
		return fmt.Errorf("%w; want HOST, HOST:PORT, HOST/PATH or an https URL", err)
	}
	r := helper.For(host.Git, u) // whose hosts include docker's
	h.text, h.request = v, r
	if strings.Contains(v, "@") { // a password may be in it, and the text is shown
		h.text = strings.TrimSuffix(r.Protocol+"://"+r.Host+"/"+r.Path, "/")
	}
	return nil
}

// client is the flag that configures the host: a person types a registry as docker
// does, without a scheme and a path, and a repository as git does.
func (h *hostFlag) client() string {
	if strings.Contains(h.text, "://") || h.request.Path != "" {
		return "--git " + h.request.Protocol + "://" + h.request.Host
	}
	return "--docker " + h.request.Host
}

// target returns the account to act as, without a call: what the configuration
// says for --host, whatever kind of token that is, or else its default with the
// flags on top, for a token of the given kind.
func (a *app) target(ctx context.Context, f *targetFlags, kind helper.Kind) (helper.Target, error) {
	cfg := config.Load(a.Env)
	if f.host.text != "" {
		return a.hostTarget(ctx, cfg, f)
	}
	values := map[string]string{"token": string(kind), "issuer": helper.Google}
	for key, v := range f.values {
		values[key] = v
	}
	_, account := values["serviceAccount"]
	_, delegates := values["delegates"]
	if account && !delegates {
		values["delegates"] = "" // the configured ones lead to the configured account
	}
	t, err := cfg.Command(ctx, values, a.Identities(false))
	if delegates && t.ServiceAccount == "" && (err == nil || helper.AsError(err).Code == "no-account") {
		err = usagef("--delegates lead to a service account: add --service-account EMAIL")
	}
	return t, accountHint(hostHint(cfg, err))
}

// hostTarget returns the target that the adapters have for a host.
func (a *app) hostTarget(ctx context.Context, cfg *config.Config, f *targetFlags) (helper.Target, error) {
	for _, key := range []string{"serviceAccount", "delegates", "source", "scopes", "lifetime", "endpoint", "quotaProject"} {
		if _, ok := f.values[key]; ok {
			return helper.Target{}, usagef("--host takes the identity from the configuration; leave out --%s or --host", flagNames[key])
		}
	}
	t, err := cfg.Resolve(ctx, f.host.request, a.Identities(false))
	if errors.Is(err, helper.ErrNoTarget) {
		err = noTarget(cfg, f.host)
	}
	if reason := f.values["requestReason"]; reason != "" {
		t.RequestReason = reason
	}
	return t, err
}

// noTarget says why a host has no account.
func noTarget(cfg *config.Config, h hostFlag) error {
	r := h.request
	e := &helper.Error{
		Who: helper.User, Op: "find the account for", Object: h.text, Cause: helper.ErrNoTarget, Code: "no-target",
		Reason: "it is not a built-in Google host and has no section of its own",
		Hint:   "credential-iam configure --service-account EMAIL --token KIND " + h.client(),
	}
	if exact, ok := host.Parse(r.Protocol, r.Host); ok {
		at := config.Place{Client: host.Git, Protocol: r.Protocol, Pattern: host.Exactly(exact, "")}
		if meant, ok := near.Host(at); ok {
			e.Reason += "; did you mean " + meant.String() + "?"
			e.Hint = "credential-iam token --host " + meant.String()
		} else if meant := cfg.Meant(exact.String()); meant != "" {
			e.Reason += "; did you mean " + meant + "?"
			e.Hint = "credential-iam token --host " + meant
		} else if exact.TakesAccess() {
			e.Hint = strings.Replace(e.Hint, "KIND", string(helper.Access), 1)
		}
	}
	if r.Protocol == "http" && !host.Loopback(r.Host) {
		e.Reason = "it is plain http, over which no token is sent but to this machine itself"
		e.Hint = "credential-iam token --host https://" + r.Host
	}
	e.Reason = "neither docker-credential-iam nor git-credential-iam answers it: " + e.Reason
	return e
}

// asAccount returns t as the identity alone: what the host wants for a token is
// put aside.
func asAccount(t helper.Target, kind helper.Kind) helper.Target {
	t.Token, t.Issuer, t.Options = kind, helper.Google, nil
	if kind == helper.Access && len(t.Scopes) == 0 {
		t.Scopes = []string{helper.DefaultScope}
	}
	return t
}

// token returns the token for t as the adapters do: from the keystore, or minted and
// kept there. Where a reason is given for it, it is minted in any case: a token from the
// keystore was made without that.
func (a *app) token(ctx context.Context, f *targetFlags, t helper.Target) (helper.Token, error) {
	ctx, cancel := a.within(ctx)
	defer cancel()
	get := a.Cache(ctx, t).Get
	if f.values["requestReason"] != "" {
		get = a.Fresh
	}
	tok, err := get(ctx, t)
	return tok, accountHint(err)
}

// hostHint adds a host that has an account to the error of a command that found none:
// configure writes the account into the section of the host that it is given.
func hostHint(cfg *config.Config, err error) error {
	var e *helper.Error
	if !errors.As(err, &e) || e.Code != "no-account" {
		return err
	}
	for _, section := range cfg.Sections() {
		_, name, _ := strings.Cut(section, "@")
		var h hostFlag
		if name == "" || strings.Contains(name, "*") || h.Set(name) != nil {
			continue
		}
		if t, err := cfg.Describe(h.request); err != nil || t.ServiceAccount == "" {
			continue
		}
		named := *e
		named.Reason += "; hosts have an account of their own (--host " + helper.ShellWord(name) + " takes that of this one)"
		return &named
	}
	return err
}

// accountHint adds the flag to the error of a command that needs an account.
func accountHint(err error) error {
	var e *helper.Error
	if !errors.As(err, &e) || e.Code != "no-account" {
		return err
	}
	named := *e
	named.Reason += " (for this command alone: --service-account EMAIL, or --service-account source for the source identity itself)"
	return &named
}
