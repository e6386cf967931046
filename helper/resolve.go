package helper

import (
	"context"
	"slices"
	"strings"
	"time"
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

// settings are the layers that a host's values come from, the first one first:
// the host's own sections, the environment, the section "iam", gcloud's
// configuration, the defaults.
type settings struct {
	c        *Config
	protocol string
	host     endpoint
	path     string
	own      []map[string]string
	base     map[string]string
	g        *gcloudConfig
}

func (c *Config) newSettings(host endpoint, protocol string) *settings {
	return &settings{c: c, host: host, protocol: protocol}
}

// settings decides whether a request is ours, and by which sections.
func (c *Config) settings(r Request) (*settings, error) {
	if r.Protocol != "https" && r.Protocol != "http" {
		return nil, ErrNoTarget
	}
	e, ok := parseEndpoint(r.Protocol, r.Host)
	if !ok {
		return nil, ErrNoTarget
	}
	if r.Protocol == "http" && !e.loopback() {
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
		return nil, c.fail(own[0].name, "token is not stated: a host outside Google's registries and git servers gets a token only where its own section says which kind, for example \"token\": \"id\"")
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

// misnamed returns a section whose name cannot be read but holds the host's
// name. Passing it over would answer with another identity than it states.
func (c *Config) misnamed(e endpoint) string {
	for _, name := range c.Sections() {
		if s := c.sections[name]; s.patternErr != nil && strings.Contains(strings.ToLower(name), e.host) {
			return name
		}
	}
	return ""
}

// match returns the sections for a host and path, the most specific first: the
// section of the longest path, then the one of the host. An exact host goes
// before a wildcard.
func (c *Config) match(e endpoint, path string) []*section {
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

// target turns the settings into a target, the source identity apart.
func (s *settings) target() (Target, error) {
	t := Target{
		Protocol: s.protocol, Host: s.host.String(), Path: s.path,
		Token:          Kind(s.value("token", string(Access))),
		Audience:       s.value("audience", "https://"+s.host.String()),
		IncludeEmail:   s.value("includeEmail", "true") == "true",
		Lifetime:       DefaultLifetime,
		Issuer:         s.value("issuer", Google),
		Username:       s.value("username", ""),
		UniverseDomain: s.value("universeDomain", DefaultUniverse),
		QuotaProject:   s.value("quotaProject", ""),
		RequestReason:  s.value("requestReason", ""),
		Keystore:       s.value("keystore", "auto"),
	}
	for _, own := range s.own {
		if own["username"] != "" {
			t.OwnUsername = true
		}
	}
	t.ServiceAccount, t.Delegates = s.identity()
	if v := s.value("lifetime", ""); v != "" {
		t.Lifetime, _ = ParseLifetime(v)
	}
	scopes, err := splitScopes(s.value("scopes", DefaultScope))
	if err != nil {
		return Target{}, s.c.fail(Name, "scopes: %v", err)
	}
	if t.Token == Access {
		t.Scopes, t.Audience, t.IncludeEmail = scopes, "", false
	}
	endpoint, err := CheckEndpoint(s.value("endpoint", "https://iamcredentials."+t.UniverseDomain+"/"))
	if err != nil {
		return Target{}, s.unusable("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", err)
	}
	t.Endpoint = endpoint
	if err := checkUniverse(t.UniverseDomain); err != nil {
		return Target{}, s.unusable("GOOGLE_CLOUD_UNIVERSE_DOMAIN", err)
	}
	if t.ServiceAccount != "" {
		if err := CheckServiceAccount(t.ServiceAccount); err != nil {
			return Target{}, s.unusable("the impersonated service account", err)
		}
	}
	for i, delegate := range t.Delegates {
		t.Delegates[i] = BareAccount(delegate)
		if err := CheckServiceAccount(t.Delegates[i]); err != nil {
			return Target{}, s.unusable("the delegates", err)
		}
	}
	if t.Issuer != Google {
		t.Options = s.options()
	}
	return t, nil
}

// unusable is the error of a value that came from outside the file.
func (s *settings) unusable(name string, err error) error {
	return &Error{Who: User, Op: "read environment or gcloud configuration", Object: name, Reason: err.Error(), Code: "config"}
}

// variable names the environment variable that people already use for a key.
func variable(key string) string {
	switch key {
	case "endpoint":
		return "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS"
	case "universeDomain":
		return "GOOGLE_CLOUD_UNIVERSE_DOMAIN"
	case "quotaProject":
		return "GOOGLE_CLOUD_QUOTA_PROJECT"
	}
	return ""
}

// property names gcloud's property for a key.
func property(key string) string {
	switch key {
	case "endpoint":
		return "api_endpoint_overrides/iamcredentials"
	case "universeDomain":
		return "core/universe_domain"
	}
	return ""
}

// value returns the value of a key, or def. An empty value in a section means
// that the key is not set there on purpose, and ends the search.
func (s *settings) value(key, def string) string {
	for _, own := range s.own {
		if v, ok := own[key]; ok {
			return or(v, def)
		}
	}
	if name := variable(key); name != "" {
		if v := s.c.env.Getenv(name); v != "" {
			return v
		}
	}
	if v, ok := s.base[key]; ok {
		return or(v, def)
	}
	if name := property(key); name != "" {
		return or(s.gcloud().properties[name], def)
	}
	return def
}

// identity returns the service account and its delegates. An account that comes
// from the environment or from gcloud is a whole chain in gcloud's order, the
// target last; it does not mix with delegates of a lower layer.
func (s *settings) identity() (account string, delegates []string) {
	own := func(key string) (string, bool) {
		for _, values := range s.own {
			if v, ok := values[key]; ok {
				return v, true
			}
		}
		return "", false
	}
	ownDelegates, hasDelegates := own("delegates")
	account, found := own("serviceAccount")
	if !found {
		chain := or(s.c.env.Getenv("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT"), s.c.env.Getenv("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"))
		if chain == "" {
			if v, ok := s.base["serviceAccount"]; ok {
				account, found = v, true
			} else {
				chain = s.gcloud().properties["auth/impersonate_service_account"]
			}
		}
		if !found {
			account, delegates = splitChain(chain)
			if hasDelegates {
				delegates = splitList(ownDelegates)
			}
			return account, s.chain(account, delegates)
		}
	}
	if !hasDelegates {
		ownDelegates = s.base["delegates"]
	}
	return account, s.chain(account, splitList(ownDelegates))
}

// chain returns the delegates of an account; without an account there is no
// chain.
func (s *settings) chain(account string, delegates []string) []string {
	if account == "" || len(delegates) == 0 {
		return nil
	}
	return delegates
}

// splitChain splits gcloud's "a,b,target".
func splitChain(chain string) (account string, delegates []string) {
	all := splitList(chain)
	if len(all) == 0 {
		return "", nil
	}
	return all[len(all)-1], all[:len(all)-1]
}

// source returns the value of the key "source", "" for the default. The
// variable GOOGLE_APPLICATION_CREDENTIALS is the environment's word for it.
func (s *settings) source() string {
	for _, own := range s.own {
		if v, ok := own["source"]; ok {
			return v
		}
	}
	if s.c.env.Getenv("GOOGLE_APPLICATION_CREDENTIALS") != "" {
		return "adc"
	}
	return s.base["source"]
}

// options returns the issuer's options, the layers merged key by key.
func (s *settings) options() map[string]string {
	options := map[string]string{}
	layers := append(slices.Clone(s.own), s.base)
	for _, layer := range slices.Backward(layers) {
		for key, v := range layer {
			if option, ok := strings.CutPrefix(key, issuerOption); ok {
				options[option] = v
			}
		}
	}
	return options
}

// gcloud reads gcloud's configuration when it is first needed.
func (s *settings) gcloud() gcloudConfig {
	if s.g == nil {
		g := readGcloud(s.c.env)
		s.g = &g
	}
	return *s.g
}

// or returns v, or def when v is empty.
func or(v, def string) string {
	if v == "" {
		return def
	}
	return v
}

// Lifespan is how long a token lives in all.
func (t Token) Lifespan() time.Duration { return t.Expires.Sub(t.Issued) }
