package status

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// Host is one configured host, in its stable form.
type Host struct {
	// Host is HOST[:PORT][/PATH], "*" standing for any label.
	Host           string `json:"host"`
	ServiceAccount string `json:"serviceAccount"`
	Token          string `json:"token"`
	Issuer         string `json:"issuer"`
	Source         string `json:"source"`
	Keystore       string `json:"keystore"`
	// Expires is RFC 3339, empty when nothing is cached.
	Expires string `json:"expires,omitempty"`
	// TooBig says that the last token was too big for the keystore, Full that there
	// was no room for it.
	TooBig bool `json:"tooBig,omitempty"`
	Full   bool `json:"full,omitempty"`
	// Clients are the clients beyond docker and git that are configured to ask for it.
	Clients []string `json:"clients,omitempty"`
	// NotCached is why no token of the source is ever cached.
	NotCached string `json:"notCached,omitempty"`
	// Error is why the host gets no credential.
	Error string `json:"error,omitempty"`

	// many says that the row is for more than one cache entry, own that the source's own
	// identity is wanted; cause is Error.
	many, own bool
	cause     error
}

// fail says why the host gets no credential.
func (h *Host) fail(err error) { h.Error, h.cause = err.Error(), err }

// configured returns the places that the configuration is about, sorted, each once:
// the hosts that docker runs docker-credential-iam for, those that have a section, and
// those that git's entries name git-credential-iam for.
func configured(cfg *config.Config, entries []gitconfig.Entry) []place {
	var all []place
	add := func(protocol, name string) {
		p := place{protocol: protocol, name: name}
		if i := slices.IndexFunc(all, func(have place) bool { return have.name == name }); i < 0 {
			all = append(all, p)
		}
	}
	for _, p := range gitconfig.Places(entries) {
		add(p.Protocol, p.Pattern.String())
	}
	for _, name := range cfg.ServedByDocker() {
		add("https", compared(name))
	}
	for _, section := range cfg.Sections() {
		if name, ok := strings.CutPrefix(section, config.Name+"@"); ok {
			add("https", compared(name))
		}
	}
	slices.SortFunc(all, func(a, b place) int { return strings.Compare(a.name, b.name) })
	return all
}

// place is where credentials are asked for: HOST[:PORT][/PATH] with "*" for any label.
type place struct{ protocol, name string }

// compared returns a host of the configuration in the form in which it is
// compared, without a scheme that does not belong there, or name itself where it
// cannot be read.
func compared(name string) string {
	if _, p, err := host.Typed().ReadPattern(name); err == nil {
		return p.String()
	}
	if p, err := host.ParsePattern(name); err == nil {
		return p.String()
	}
	return name
}

// host finds out, without a call, the account of a configured host and what is
// cached for it. The target is set where the host shows a source.
func (l look) host(ctx context.Context, p place) (Host, helper.Target) {
	s, cfg := Host{Host: p.name}, l.config
	pattern, err := host.ParsePattern(p.name)
	at := config.Place{Client: pattern.Asker(), Protocol: p.protocol, Pattern: pattern}
	var t helper.Target
	if err == nil {
		t, err = cfg.DescribeAt(at)
	}
	if err != nil {
		s.fail(whyNot(cfg, p.name, err))
		return s, t
	}
	s.many = pattern.Stars() > 0 || pattern.Path() != "" && t.Issuer != helper.Google
	choice := l.stores.Choice(ctx, t.Keystore)
	s.ServiceAccount, s.Token, s.Issuer = t.ServiceAccount, string(t.Token), t.Issuer
	s.Keystore, s.own = choice.Name(), t.Own
	if t, err = cfg.ResolveAt(ctx, at, l.Identities(false)); err != nil {
		s.fail(err)
		return s, t
	}
	s.ServiceAccount = t.ServiceAccount
	s.Source, s.NotCached = t.Source.String(), t.Source.Unshared
	if s.many || s.NotCached != "" {
		return s, t
	}
	e, err := choice.Get(ctx, t.Key())
	if errors.Is(err, keystore.ErrNotFound) && t.Issuer != helper.Google && pattern.Loopback() && t.Protocol != "http" {
		// A plugin's credential belongs to one protocol; this host may be on http.
		other := t
		other.Protocol = "http"
		e, err = choice.Get(ctx, other.Key())
	}
	switch {
	case err == nil:
		s.Expires = e.Expires.UTC().Truncate(time.Second).Format(time.RFC3339)
	case !errors.Is(err, keystore.ErrNotFound):
		s.fail(&helper.Error{
			Who: helper.User, Op: "look into keystore", Object: choice.Name(), Reason: err.Error(), Code: "keystore", Cause: err,
			Hint: l.unlock(err),
		})
	default:
		why := l.Unkept(t)
		s.TooBig, s.Full = errors.Is(why, keystore.ErrTooBig), errors.Is(why, keystore.ErrQuota)
	}
	return s, t
}

// whyNot says why a configured host is not answered.
func whyNot(cfg *config.Config, name string, err error) error {
	for _, section := range cfg.Sections() {
		named, ok := strings.CutPrefix(section, config.Name+"@")
		if ok && compared(named) == name && cfg.SectionError(section) != nil {
			return cfg.SectionError(section)
		}
	}
	if errors.Is(err, helper.ErrNoTarget) {
		return fmt.Errorf("not answered: it is not a built-in Google registry and has no section %q in %s", config.Name+"@"+name, cfg.Path)
	}
	return err
}
