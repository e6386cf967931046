package helper

import (
	"context"
	"path"
	"slices"
	"strings"
)

// Resolve returns the target that speaks for a request, ErrNoTarget when the
// host is not ours, or the error of a configuration that is wrong for this
// host. A mistake in another host's section does not matter here. ids reads
// source identities of the keyring and may be nil.
func (c *Config) Resolve(ctx context.Context, r Request, ids Identities) (Target, error) {
	s, err := c.settings(r)
	if err != nil {
		return Target{}, err
	}
	return c.complete(ctx, s, ids)
}

// Describe returns the target of a request without its source identity: enough
// to know the user name, without opening a file of credentials.
func (c *Config) Describe(r Request) (Target, error) {
	s, err := c.settings(r)
	if err != nil {
		return Target{}, err
	}
	return s.target()
}

// complete adds the source identity to the settings.
func (c *Config) complete(ctx context.Context, s *settings, ids Identities) (Target, error) {
	t, err := s.target()
	if err != nil {
		return Target{}, err
	}
	t.Source, err = c.findSource(ctx, s.source(), s.gcloud, ids)
	if err != nil {
		return Target{}, err
	}
	c.env.Log.Printf("%s: source identity %s (%s)", t.Host, t.Source, t.Source.From)
	return t, nil
}

// Source finds the source identity that spec names, as the key "source" does.
func (c *Config) Source(ctx context.Context, spec string, ids Identities) (Source, error) {
	if err := checkSource(spec); err != nil {
		return Source{}, sourceError(spec, err.Error(), "")
	}
	return c.findSource(ctx, spec, func() gcloudConfig { return readGcloud(c.env) }, ids)
}

// settings decides whether a request is ours, and by which sections.
func (c *Config) settings(r Request) (*settings, error) {
	if r.Protocol != "https" && r.Protocol != "http" {
		return nil, ErrNoTarget
	}
	e, ok := parseHostPort(r.Protocol, r.Host)
	if !ok {
		return nil, ErrNoTarget
	}
	if r.Protocol == "http" && !Loopback(e.host) {
		return nil, ErrNoTarget
	}
	known := r.Protocol == "https" && builtin(r.Client, e)
	if c.broken != nil {
		if c.couldBeOurs(r.Client, e) {
			return nil, c.Broken()
		}
		return nil, ErrNoTarget
	}
	if name := c.misnamed(e); name != "" {
		return nil, c.fail(name, "%v", c.sections[name].patternErr)
	}
	own := c.match(e, r.Path)
	if len(own) == 0 && !known {
		return nil, ErrNoTarget
	}
	s := c.newSettings(e, r.Protocol)
	s.path = strings.Trim(r.Path, "/")
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
	if s.base, err = c.values(c.sections[Name]); err != nil {
		return nil, err
	}
	if !consent {
		e := AsError(c.fail(own[0].name, "token is not stated: a host outside Google's registries and git servers gets a token only where its own section says which kind, for example \"token\": \"id\""))
		e.Code = "no-consent"
		return nil, e
	}
	return s, nil
}

// values returns the values of a section, or its mistake; nil has none.
func (c *Config) values(s *section) (map[string]string, error) {
	if s == nil {
		return nil, nil
	}
	if s.read(); s.err != nil {
		return nil, c.fail(s.name, "%v", s.err)
	}
	return s.values, nil
}

// misnamed returns a section whose name cannot be read but names the host.
// Passing it over would answer with another identity than it states.
func (c *Config) misnamed(e hostPort) string {
	for _, name := range c.Sections() {
		if s := c.sections[name]; s.patternErr != nil && namesHost(strings.TrimPrefix(name, Name+"@"), e.host) {
			return name
		}
	}
	return ""
}

// namesHost reports whether the name of a section that cannot be read is meant
// for a host: with a scheme, a user name or a port that it may not have, or a
// star for a part of a label.
func namesHost(name, host string) bool {
	if _, rest, ok := strings.Cut(name, "://"); ok {
		name = rest
	}
	name, _, _ = strings.Cut(name, "/")
	name = name[strings.LastIndexByte(name, '@')+1:]
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, ']') {
		name = name[:i]
	}
	name = strings.ToLower(strings.TrimSpace(name))
	ok, err := path.Match(name, host)
	return name == host || err == nil && ok
}

// match returns the sections for a host and path, the most specific first: the
// section of the longest path, then the one of the host. An exact host goes
// before a wildcard.
func (c *Config) match(e hostPort, path string) []*section {
	if len(c.sections) == 0 {
		return nil
	}
	var withPath, ofHost *section
	better := func(s, than *section) bool {
		if than == nil || s.pattern.wildcards != than.pattern.wildcards {
			return than == nil || s.pattern.wildcards < than.pattern.wildcards
		}
		if len(s.pattern.path) != len(than.pattern.path) {
			return len(s.pattern.path) > len(than.pattern.path)
		}
		return s.name < than.name
	}
	for _, s := range c.sections {
		if s.name == Name || s.patternErr != nil || !s.pattern.matchesHost(e) || !s.pattern.matchesPath(path) {
			continue
		}
		if s.pattern.path != "" {
			if better(s, withPath) {
				withPath = s
			}
		} else if better(s, ofHost) {
			ofHost = s
		}
	}
	// A section for one exact host goes before a path below a wildcard.
	if withPath != nil && ofHost != nil && ofHost.pattern.wildcards < withPath.pattern.wildcards {
		withPath = nil
	}
	return slices.DeleteFunc([]*section{withPath, ofHost}, func(s *section) bool { return s == nil })
}
