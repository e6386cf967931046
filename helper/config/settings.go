package config

import (
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/source"
)

// settings are the layers that a host's values come from, the first one first:
// the host's own sections, the environment, the section "iam", gcloud's
// configuration, the defaults.
type settings struct {
	c        *Config
	protocol string
	host     host.Host
	path     string
	own      []map[string]string
	base     map[string]string
	g        *source.Gcloud
}

func (c *Config) newSettings(host host.Host, protocol string) *settings {
	return &settings{c: c, host: host, protocol: protocol}
}

// target turns the settings into a target, the source identity apart.
func (s *settings) target() (helper.Target, error) {
	t := helper.Target{
		Protocol: s.protocol, Host: s.host.String(), Path: s.path,
		Token:          helper.Kind(s.value("token", string(helper.Access))),
		Audience:       s.value("audience", "https://"+s.host.String()),
		IncludeEmail:   s.value("includeEmail", "true") == "true",
		Lifetime:       helper.DefaultLifetime,
		Issuer:         s.value("issuer", helper.Google),
		Username:       s.value("username", ""),
		UniverseDomain: s.value("universeDomain", helper.DefaultUniverse),
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
	scopes, err := splitScopes(s.value("scopes", helper.DefaultScope))
	if err != nil {
		return helper.Target{}, s.c.fail(Name, "scopes: %v", err)
	}
	if t.Token == helper.Access {
		t.Scopes, t.Audience, t.IncludeEmail = scopes, "", false
	}
	if err := checkUniverse(t.UniverseDomain); err != nil {
		return helper.Target{}, s.unusable("GOOGLE_CLOUD_UNIVERSE_DOMAIN", err)
	}
	endpoint, err := host.BaseURL(s.value("endpoint", "https://iamcredentials."+t.UniverseDomain+"/"))
	if err != nil {
		return helper.Target{}, s.unusable("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", err)
	}
	t.Endpoint = endpoint
	if t.ServiceAccount != "" {
		if err := helper.CheckServiceAccount(t.ServiceAccount); err != nil {
			return helper.Target{}, s.unusable("the impersonated service account", err)
		}
	}
	for i, delegate := range t.Delegates {
		t.Delegates[i] = helper.BareAccount(delegate)
		if err := helper.CheckServiceAccount(t.Delegates[i]); err != nil {
			return helper.Target{}, s.unusable("the delegates", err)
		}
	}
	if t.Issuer != helper.Google {
		t.Options = s.options()
	}
	return t, nil
}

// unusable is the error of a value that came from outside the file.
func (s *settings) unusable(name string, err error) error {
	return &helper.Error{Who: helper.User, Op: "read environment or gcloud configuration", Object: name, Reason: err.Error(), Code: "config"}
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
		return or(s.gcloud().Properties[name], def)
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
				// Below "iam", whose delegates therefore go before its chain.
				chain = s.gcloud().Properties["auth/impersonate_service_account"]
				if !hasDelegates {
					ownDelegates, hasDelegates = s.base["delegates"]
				}
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
func (s *settings) gcloud() source.Gcloud {
	if s.g == nil {
		g := source.ReadGcloud(s.c.env)
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
