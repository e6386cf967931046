package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// hostStatus is one configured host in the stable form of status.
type hostStatus struct {
	// Host is HOST[:PORT][/PATH], "*" standing for any label.
	Host           string `json:"host"`
	ServiceAccount string `json:"serviceAccount"`
	Token          string `json:"token"`
	Issuer         string `json:"issuer"`
	Source         string `json:"source"`
	Keystore       string `json:"keystore"`
	// Expires is RFC 3339, empty when nothing is cached.
	Expires string `json:"expires,omitempty"`
	// TooBig says that the last token was too big for the keystore.
	TooBig bool `json:"tooBig,omitempty"`
	// Error is why the host gets no credential.
	Error string `json:"error,omitempty"`

	// many says that the row stands for more than one cache entry.
	many bool
}

// configured returns the names of the hosts that the configuration is about, as
// HOST[:PORT][/PATH], sorted, each once: docker's hosts whose helper we are, and
// those that have a section.
func configured(cfg *config.Config) []string {
	var names []string
	for _, host := range cfg.ServedByDocker() {
		names = append(names, bareHost(host))
	}
	for _, section := range cfg.Sections() {
		if name, ok := strings.CutPrefix(section, config.Name+"@"); ok {
			names = append(names, bareHost(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// bareHost returns a host in the form in which it is compared, or s itself where
// it is no host.
func bareHost(s string) string {
	r, err := parseHost(strings.ReplaceAll(s, "*", anyLabel))
	if err != nil {
		return s
	}
	host, _ := host.Canonical(r.Protocol, r.Host)
	if r.Path != "" {
		host += "/" + r.Path
	}
	return strings.ReplaceAll(host, anyLabel, "*")
}

// anyLabel stands for the label of a wildcard section where a host name is
// needed.
const anyLabel = "any-label"

// hostStatus finds out, without a call, who answers a configured host and what
// is cached for it.
func (a *app) hostStatus(ctx context.Context, cfg *config.Config, stores *stores, name string) hostStatus {
	s := hostStatus{Host: name}
	r, err := parseHost(strings.ReplaceAll(name, "*", anyLabel))
	var t helper.Target
	if err == nil {
		t, err = cfg.Describe(r)
	}
	if err != nil {
		s.Error = whyNot(cfg, name, err)
		return s
	}
	s.many = strings.Contains(name, "*") || r.Path != "" && t.Issuer != helper.Google
	choice := stores.choice(ctx, t.Keystore)
	s.ServiceAccount, s.Token, s.Issuer = t.ServiceAccount, string(t.Token), t.Issuer
	s.Keystore = choice.Name()
	if t, err = cfg.Resolve(ctx, r, a.identities(a.options(nil))); err != nil {
		s.Error = err.Error()
		return s
	}
	s.Source = t.Source.String()
	if s.many {
		return s
	}
	e, err := choice.Get(ctx, t.Key())
	if errors.Is(err, keystore.ErrNotFound) && t.Issuer != helper.Google && host.Loopback(r.Host) {
		// A plugin's credential belongs to one protocol; this host may be on http.
		t.Protocol = "http"
		e, err = choice.Get(ctx, t.Key())
	}
	switch {
	case err == nil:
		s.Expires = stamp(e.Expires)
	case helper.Unkept(ctx, choice, t):
		s.TooBig = true
	case !errors.Is(err, keystore.ErrNotFound):
		s.Error = fmt.Sprintf("keystore %s: %v", choice.Name(), err)
	}
	return s
}

// whyNot says why a configured host is not answered.
func whyNot(cfg *config.Config, name string, err error) string {
	for _, section := range cfg.Sections() {
		host, ok := strings.CutPrefix(section, config.Name+"@")
		if ok && bareHost(host) == name && cfg.SectionError(section) != nil {
			return cfg.SectionError(section).Error()
		}
	}
	if errors.Is(err, helper.ErrNoTarget) {
		return fmt.Sprintf("not answered: it is none of Google's registries and has no section %q in %s", config.Name+"@"+name, cfg.Path)
	}
	return err.Error()
}
