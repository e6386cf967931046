package config

import (
	"context"
	"maps"
	"slices"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/source"
)

// Resolve returns the target of a request, ErrNoTarget when the host is not
// answered, or the error of a configuration that is wrong for this host. A
// mistake in another host's section does not matter here. ids reads source
// identities of the keyring and may be nil.
func (c *Config) Resolve(ctx context.Context, r helper.Request, ids source.Identities) (helper.Target, error) {
	p, ok := At(r)
	if !ok {
		return helper.Target{}, helper.ErrNoTarget
	}
	return c.ResolveAt(ctx, p, ids)
}

// Describe returns the target of a request without its source identity: enough
// to know the user name, without opening a file of credentials.
func (c *Config) Describe(r helper.Request) (helper.Target, error) {
	p, ok := At(r)
	if !ok {
		return helper.Target{}, helper.ErrNoTarget
	}
	return c.DescribeAt(p)
}

// complete adds the source identity to the settings, and with it the account that
// the source impersonates by itself, where none is configured.
func (c *Config) complete(ctx context.Context, s *settings, ids source.Identities) (helper.Target, error) {
	t, err := s.target()
	if err != nil {
		return helper.Target{}, err
	}
	t.Source, err = c.finder(s.gcloud, ids).Find(ctx, s.source())
	if t.ServiceAccount == "" && !t.Own {
		t.ServiceAccount = t.Source.Account
		// A source that is named, or there, and cannot be used might have named one.
		if t.ServiceAccount == "" && (err == nil || s.source() == "" && helper.AsError(err).Cause == nil) {
			return helper.Target{}, s.noAccount()
		}
	}
	if err != nil {
		return helper.Target{}, err
	}
	c.env.Log.Printf("%s: source identity %s (%s)", t.Asked(), t.Source, t.Source.From)
	return t, nil
}

// Source finds the source identity that spec names, as the key "source" does.
func (c *Config) Source(ctx context.Context, spec string, ids source.Identities) (helper.Source, error) {
	if err := source.CheckSpec(spec); err != nil {
		if helper.LooksSecret(spec) {
			spec = "--source"
		}
		return helper.Source{}, &helper.Error{Who: helper.User, Op: "find source identity", Object: spec, Reason: err.Error(), Code: "no-source"}
	}
	return c.finder(func() source.Gcloud { return source.ReadGcloud(c.env) }, ids).Find(ctx, spec)
}

func (c *Config) finder(gcloud func() source.Gcloud, ids source.Identities) source.Finder {
	return source.Finder{Env: c.env, Identities: ids, Gcloud: gcloud, NamedBy: c.whoNamed}
}

// whoNamed says who named a source, and by what command another one is named: a
// section, or else the flag of a command, which only who typed it can fix.
func (c *Config) whoNamed(spec string) (by, fix string) {
	for _, name := range c.Sections() {
		if s := c.section(name).of("source"); s != nil && s.values["source"] == spec {
			return `"source"` + " in " + s.file, helper.EditCommand(s.file)
		}
	}
	return "--source", ""
}

// settings decides whether a place is answered, and by which sections.
func (c *Config) settings(p Place) (*settings, error) {
	if p.Protocol != "https" && !p.Pattern.Loopback() {
		return nil, helper.ErrNoTarget
	}
	known := p.BuiltIn()
	if err := c.Mistake(); err != nil {
		return nil, err
	}
	if p.Pattern.Dotted() && c.PathMatters(p) {
		return nil, dotted(p)
	}
	own := c.match(p.Pattern)
	for _, s := range own {
		if err := c.twin(s); err != nil {
			return nil, err
		}
	}
	if len(own) == 0 && !known {
		return nil, helper.ErrNoTarget
	}
	s := c.newSettings(p)
	consent := known
	for _, section := range own {
		values, err := c.values(section)
		if err != nil {
			return nil, err
		}
		s.own = append(s.own, values)
		for _, key := range []string{"token", "issuer"} {
			if _, ok := values[key]; ok {
				consent = true
			}
		}
	}
	var err error
	if s.base, err = c.values(c.section(Name)); err != nil {
		return nil, err
	}
	if !consent {
		e := helper.AsError(c.fail(own[0].name, "token is not stated: a host outside Google's registries and git servers gets a token only where its own section says which kind, for example \"token\": \"id\""))
		e.Code = "no-consent"
		return nil, e
	}
	return s, nil
}

// dotted is the error of a path that cannot be compared with those of sections, at a
// host that has one by path: whoever answered it as the host, or as the repository that
// it resolves to, would let a URL choose between two identities.
func dotted(p Place) error {
	host := p.Pattern.Below("").String()
	return &helper.Error{
		Who: helper.User, Op: "find the section for", Object: host, Code: "dot-segment",
		Reason: "the path has a dot segment, so that the server may find another repository by it, and " + host + " has sections by path",
		Hint:   "git remote set-url REMOTE " + p.Protocol + "://" + host + "/PATH",
	}
}

// values returns the values of a section, or its mistake; nil has none.
func (c *Config) values(s *section) (map[string]string, error) {
	if s == nil {
		return nil, nil
	}
	if s.read(); s.err != nil {
		return nil, c.fail(s.name, "%v", s.err)
	}
	if s.below == nil {
		return s.values, nil
	}
	below, err := c.machine.values(s.below)
	if err != nil {
		return nil, err
	}
	values := maps.Clone(below)
	maps.Copy(values, s.values)
	return values, nil
}

// twin returns the error of two sections for the same hosts and path, as
// "iam@gcr.io" and "iam@GCR.io:443" are: each may state another identity.
func (c *Config) twin(s *section) error {
	if s.name == Name || s.patternErr != nil {
		return nil
	}
	for other := range c.candidates(s.pattern) {
		if other.name != s.name && s.pattern.Same(other.pattern) {
			e := helper.AsError(c.fail(s.name, "the section %q is for the same host; keep one of them", shown(other.name)))
			e.Hint = c.edit(s.file)
			return e
		}
	}
	if s.below != nil { // one of the machine's
		return c.machine.twin(s.below)
	}
	return nil
}

// match returns the sections for hosts and a path, the most specific first: the
// section of the longest path, then the one of the host. An exact host goes
// before a wildcard.
func (c *Config) match(asked host.Pattern) []*section {
	if c.bare() {
		return nil
	}
	var withPath, ofHost *section
	better := func(s, than *section) bool {
		if than == nil || s.pattern.Stars() != than.pattern.Stars() {
			return than == nil || s.pattern.Stars() < than.pattern.Stars()
		}
		// In one spelling: ".git" or an escape makes no path longer.
		if a, b := len(s.pattern.Canonical().Path()), len(than.pattern.Canonical().Path()); a != b {
			return a > b
		}
		return s.name < than.name
	}
	for s := range c.candidates(asked) {
		if !s.pattern.Covers(asked) || !s.pattern.MatchesPath(asked.Path()) {
			continue
		}
		if s.pattern.Path() != "" {
			if better(s, withPath) {
				withPath = s
			}
		} else if better(s, ofHost) {
			ofHost = s
		}
	}
	// A section for one exact host goes before a path below a wildcard.
	if withPath != nil && ofHost != nil && ofHost.pattern.Stars() < withPath.pattern.Stars() {
		withPath = nil
	}
	return slices.DeleteFunc([]*section{withPath, ofHost}, func(s *section) bool { return s == nil })
}
