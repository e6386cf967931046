// Package status says who the source identity is, and shows each configured host, its
// account and what is cached, without a call and without showing a secret.
package status

import (
	"context"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/unlock"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/iam"
)

// Report is what there is, in its stable form.
type Report struct {
	// Sources are the source identities that are used, that of the defaults first.
	Sources  []Source `json:"sources"`
	Keystore struct {
		Name string `json:"name"`
		Why  string `json:"why"`
		// Fix is the command that makes one usable where none is.
		Fix string `json:"fix,omitempty"`
	} `json:"keystore"`
	Hosts []Host `json:"hosts"`
	// Clients are those that are configured to ask for whatever host they meet.
	Clients []string `json:"clients,omitempty"`
	// Errors are the mistakes that concern no host that is shown.
	Errors []string `json:"errors,omitempty"`

	// Notes are lines for standard error.
	Notes []string `json:"-"`

	// base is what "iam" alone says, path the file that was read.
	base helper.Target
	path string
}

// Source is a source identity, in its stable form.
type Source struct {
	// Source is where it is from, as the hosts name it.
	Source string `json:"source"`
	Type   string `json:"type"`
	// Principal is its e-mail or its name in IAM policies, "" where it is not known
	// without a call.
	Principal string `json:"principal"`
	Error     string `json:"error,omitempty"`

	// cause is Error.
	cause error
}

// World is what is looked at.
type World struct {
	core.Core
	// Git has the entries of git's configuration, none where there is no git.
	Git func(ctx context.Context) ([]gitconfig.Entry, error)
	// Tools tells what further clients are configured for; nil leaves them out.
	Tools func(ctx context.Context) []toolconfig.Use
	// LookPath finds a program as exec.LookPath does.
	LookPath func(name string) (string, error)
}

// look is one look at a configuration.
type look struct {
	World
	config *config.Config
	stores *core.Stores
}

// unlock is the command by which a person opens a keystore that refused.
func (l look) unlock(refused error) string {
	return unlock.World{Getenv: l.Env.Getenv, LookPath: l.LookPath}.Command(refused)
}

// Look reads the configuration and the keystores; the error is of a configuration
// that cannot be read at all.
func Look(ctx context.Context, w World) (Report, error) {
	l := look{w, config.Load(w.Env), w.Stores()}
	if err := l.config.Broken(); err != nil {
		return Report{}, err
	}
	name := "auto"
	base, err := l.config.DescribeDefault()
	if err == nil {
		name = base.Keystore
	}
	choice := l.stores.Choice(ctx, name)
	r := Report{Sources: []Source{}, Hosts: []Host{}, base: base, path: l.config.Path}
	r.Keystore.Name, r.Keystore.Why = choice.Name(), choice.Why
	if full, _ := choice.Full(ctx); full != "" {
		r.Keystore.Why += "; " + full
	}
	if choice.Name() == "none" {
		r.Keystore.Fix = l.unlock(choice.Passed)
	}
	if choice.Warning != "" {
		r.Notes = append(r.Notes, "keystore "+choice.Name()+": "+choice.Warning)
	}
	l.hosts(ctx, &r)
	l.clients(ctx, &r)
	l.mistakes(&r, err)
	return r, nil
}

// clients adds who asks beyond docker and git.
func (l look) clients(ctx context.Context, r *Report) {
	if l.Tools == nil {
		return
	}
	for _, u := range l.Tools(ctx) {
		if u.Server == "" {
			r.Clients = append(r.Clients, u.Client)
			continue
		}
		for i, h := range r.Hosts {
			if h.Host == u.Host() {
				r.Hosts[i].Clients = append(h.Clients, strings.TrimSpace(u.Client+" "+u.Name))
			}
		}
	}
}

// hosts adds the hosts and their sources to a report.
func (l look) hosts(ctx context.Context, r *Report) {
	if t, err := l.config.Command(ctx, map[string]string{"serviceAccount": config.Own, "token": string(helper.Access), "issuer": helper.Google}, l.Identities(false)); err == nil {
		r.add(l.source(ctx, t))
	} else if e := helper.AsError(err); e.Code == "no-source" {
		r.add(Source{Source: "none", Error: err.Error(), cause: err})
	}
	entries, err := l.Git(ctx)
	if err != nil {
		r.Notes = append(r.Notes, err.Error())
	}
	for _, p := range configured(l.config, entries) {
		h, t := l.host(ctx, p)
		r.Hosts = append(r.Hosts, h)
		if h.Source != "" {
			r.add(l.source(ctx, t))
		}
	}
}

// add adds a source, once.
func (r *Report) add(s Source) {
	if !slices.ContainsFunc(r.Sources, func(have Source) bool { return have.Source == s.Source }) {
		r.Sources = append(r.Sources, s)
	}
}

// source says who a target's source identity is.
func (l look) source(ctx context.Context, t helper.Target) Source {
	s := Source{Source: t.Source.String()}
	id, err := l.known(ctx, t)
	if err != nil {
		s.Error, s.cause = err.Error(), err
		return s
	}
	s.Type, s.Principal = id.Kind, id.Who()
	return s
}

func (l look) known(ctx context.Context, t helper.Target) (iam.Identity, error) {
	return l.ClientOn(l.stores.Choice(ctx, t.Keystore)).Known(ctx, t)
}

// mistakes adds the mistakes of the file that no host shows: err is that of the
// defaults.
func (l look) mistakes(r *Report, err error) {
	all := l.config.Problems()
	if err != nil {
		all = append([]error{err}, all...)
	}
	for _, err := range all {
		text := err.Error()
		if !slices.Contains(r.Errors, text) && !slices.ContainsFunc(r.Hosts, func(h Host) bool { return h.Error == text }) {
			r.Errors = append(r.Errors, text)
		}
	}
}

// Failed reports whether a host or the configuration has an error.
func (r Report) Failed() bool {
	return len(r.Errors) > 0 || slices.ContainsFunc(r.Hosts, func(h Host) bool { return h.Error != "" })
}
