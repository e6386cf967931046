package config

import (
	"errors"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// settings are the layers that a host's values come from, the first one first:
// the host's own sections, the environment, the section "iam", gcloud's
// configuration, the defaults.
type settings struct {
	c    *Config
	at   Place
	own  []map[string]string
	base map[string]string
	g    *source.Gcloud
}

func (c *Config) newSettings(at Place) *settings { return &settings{c: c, at: at} }

// target turns the settings into a target, the source identity apart.
func (s *settings) target() (helper.Target, error) {
	t := helper.Target{
		Protocol: s.at.Protocol, Host: s.at.Pattern.Host(), Path: s.at.Pattern.Path(),
		Token: helper.Access, Scopes: []string{helper.DefaultScope}, Audience: "https://" + s.at.Pattern.Host(), IncludeEmail: true,
		Lifetime: helper.DefaultLifetime, Issuer: helper.Google, UniverseDomain: helper.DefaultUniverse, Keystore: "auto",
	}
	for i := range keys {
		if k := &keys[i]; k.set != nil {
			v, from := s.value(k)
			if v == "" {
				continue
			}
			if err := k.checkFrom(v, from); err != nil {
				return helper.Target{}, err
			}
			k.set(&t, v)
		}
	}
	for _, own := range s.own {
		t.OwnUsername = t.OwnUsername || own["username"] != ""
	}
	if t.Token == helper.Access {
		t.Audience, t.IncludeEmail = "", false
	} else {
		t.Scopes = nil
	}
	if t.Endpoint == "" {
		t.Endpoint = "https://iamcredentials." + t.UniverseDomain + "/"
	}
	if t.Issuer != helper.Google {
		t.Options = s.options()
	}
	var err error
	if t.ServiceAccount, t.Delegates, err = s.identity(); err == nil && t.ServiceAccount == Own {
		t.ServiceAccount, t.Delegates, t.Own = "", nil, true
		err = s.ownDelegates()
	}
	return t, err
}

// ownDelegates refuses delegates that a section for less than the one with Own adds. A
// section for more, "iam" above all, has them for other accounts.
func (s *settings) ownDelegates() error {
	for _, own := range s.own {
		if own["delegates"] != "" {
			return &helper.Error{Who: helper.User, Op: "use", Object: "delegates", Reason: errOwnDelegates.Error(), Code: "config"}
		}
		if own["serviceAccount"] != "" {
			break
		}
	}
	return nil
}

// checkFrom checks a value that came from outside of the file, whose own values
// have been checked.
func (k *key) checkFrom(v, from string) error {
	if from == "" {
		return nil
	}
	if err := k.check(v); err != nil {
		return outside(from, v, err)
	}
	return nil
}

// outside is the error of a value that came from outside of the file.
func outside(from, v string, err error) error {
	if helper.LooksSecret(v) && !errors.Is(err, helper.ErrLineBreak) {
		err = errors.New(helper.NotShown)
	}
	fix := helper.Unset(from)
	if strings.Contains(from, "/") { // gcloud's properties are SECTION/NAME
		fix = "gcloud config unset " + from
	}
	return &helper.Error{Who: helper.User, Op: "read environment or gcloud configuration", Object: from, Reason: err.Error(), Hint: fix, Code: "config"}
}

// value returns the value of a key, "" where it is not set, and the environment
// variable or gcloud's property that it is from, "" for a section. An empty value
// in a section means that the key is not set there on purpose, and ends the search.
func (s *settings) value(k *key) (v, from string) {
	if v, ok := s.ownValue(k.name); ok {
		return v, ""
	}
	for _, name := range k.variables {
		if v := s.c.env.Getenv(name); v != "" {
			return v, name
		}
	}
	if v, ok := s.base[k.name]; ok || k.property == "" {
		return v, ""
	}
	return s.gcloud().Properties[k.property], k.property
}

// ownValue returns the value that the host's own sections give a key.
func (s *settings) ownValue(name string) (v string, ok bool) {
	for _, own := range s.own {
		if v, ok := own[name]; ok {
			return v, true
		}
	}
	return "", false
}

// identity returns the service account, Own, or "" for none, and its delegates. An account that comes
// from the environment or from gcloud is a whole chain in gcloud's order, the
// target last; it does not mix with delegates of a lower layer.
func (s *settings) identity() (account string, delegates []string, err error) {
	k := findKey("serviceAccount")
	account, from := s.value(k)
	said := account
	chain := splitList(said)
	list, configured := s.ownValue("delegates")
	if !configured && (from == "" || from == k.property) {
		// gcloud's property has less precedence than "iam", whose delegates
		// therefore replace those of its chain.
		list, configured = s.base["delegates"]
	}
	if len(chain) == 0 {
		return "", nil, nil
	}
	if from != "" {
		account, delegates = chain[len(chain)-1], chain[:len(chain)-1]
		// Own is a word of our file alone: gcloud would take it for an account.
		if err := helper.CheckServiceAccount(account); err != nil {
			return "", nil, outside(from, said, err)
		}
	}
	if configured {
		delegates, from = splitList(list), ""
	}
	for i, d := range delegates {
		delegates[i] = helper.BareAccount(d)
		if err := findKey("delegates").checkFrom(delegates[i], from); err != nil {
			return "", nil, err
		}
	}
	if len(delegates) == 0 {
		delegates = nil
	}
	return account, delegates, nil
}

// source returns the value of the key "source", "" for the default. The
// variable GOOGLE_APPLICATION_CREDENTIALS is the environment's word for it.
func (s *settings) source() string {
	v, from := s.value(findKey("source"))
	if from != "" {
		return "adc"
	}
	return v
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
