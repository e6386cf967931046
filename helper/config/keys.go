package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/source"
)

// key is all there is to know about one key of a section. A key that decides the
// token sets a member of the target; which members decide nothing is listed in
// helper.Target.Key alone.
type key struct {
	name string
	// check says why a value cannot be used.
	check func(v string) error
	// unset says that an empty value means that the key is not set on purpose;
	// elsewhere an empty value is a mistake, as an unset variable of a template
	// leaves it.
	unset bool
	// variables are the environment variables that people already use for it,
	// the first one first, and property is gcloud's.
	variables []string
	property  string
	// set gives the target the value, which has passed the check; nil where more
	// than this one key decides, see settings.
	set func(t *helper.Target, v string)
}

// keys are the keys of a section, in the order of the manual. The linker lays
// the table out: an adapter does not build it at its start (TestAdapterCode).
var keys = [...]key{
	{
		name: "serviceAccount", check: checkAccount,
		variables: []string{"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"},
		property:  "auth/impersonate_service_account",
	},
	{name: "delegates", check: checkDelegates, unset: true},
	{name: "token", check: checkToken, set: func(t *helper.Target, v string) { t.Token = helper.Kind(v) }},
	{name: "scopes", check: checkScopes, set: func(t *helper.Target, v string) { t.Scopes, _ = splitScopes(v) }},
	{name: "audience", check: checkText, set: func(t *helper.Target, v string) { t.Audience = v }},
	{name: "includeEmail", check: checkBool, set: func(t *helper.Target, v string) { t.IncludeEmail = v == "true" }},
	{name: "lifetime", check: checkLifetime, set: func(t *helper.Target, v string) { t.Lifetime, _ = ParseLifetime(v) }},
	{name: "source", check: source.CheckSpec, variables: []string{source.Variable}},
	{name: "issuer", check: checkIssuer, set: func(t *helper.Target, v string) { t.Issuer = v }},
	{name: "username", check: checkUsername, unset: true, set: func(t *helper.Target, v string) { t.Username = v }},
	{
		name: "endpoint", check: checkEndpoint, set: func(t *helper.Target, v string) { t.Endpoint, _ = host.BaseURL(v) },
		variables: []string{"CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS"}, property: "api_endpoint_overrides/iamcredentials",
	},
	{
		name: "universeDomain", check: checkUniverse, set: func(t *helper.Target, v string) { t.UniverseDomain = v },
		variables: []string{"GOOGLE_CLOUD_UNIVERSE_DOMAIN"}, property: "core/universe_domain",
	},
	{
		name: "quotaProject", check: helper.CheckProject, set: func(t *helper.Target, v string) { t.QuotaProject = v },
		variables: []string{"GOOGLE_CLOUD_QUOTA_PROJECT"},
	},
	{name: "requestReason", check: helper.CheckHeader, set: func(t *helper.Target, v string) { t.RequestReason = v }},
	{name: "keystore", check: checkKeystore, set: func(t *helper.Target, v string) { t.Keystore = v }},
	{name: fallbackKey, check: checkFallback},
}

// issuerOption begins the name of an option of an issuer plugin, which has a row
// in the plugin alone.
const issuerOption = "issuer."

var errEmpty = errors.New("it is empty")

// findKey returns the row of a key, nil if there is none.
func findKey(name string) *key {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}

// nearKey returns the key that a person probably meant by another word, or "": of a long
// one a third of the letters may be others.
func nearKey(name string) string {
	meant := helper.Nearest(name, KeyNames())
	if helper.Edits(strings.ToLower(name), strings.ToLower(meant)) > max(2, len(name)/3) {
		return ""
	}
	return meant
}

// checkKey returns why a key or its value cannot be used; the error of a value
// does not name the key.
func checkKey(name, value string) error {
	if option, ok := strings.CutPrefix(name, issuerOption); ok {
		if option == "" {
			return fmt.Errorf("unknown key %q: an issuer's option has a name behind the dot", name)
		}
		if value == "" {
			return valueError{name, errEmpty}
		}
		return nil
	}
	k := findKey(name)
	if k == nil {
		if meant := nearKey(name); meant != "" {
			return fmt.Errorf("unknown key %q; did you mean %q?", helper.OneLine(name, 60), meant)
		}
		return fmt.Errorf("unknown key %q; the keys are %s", helper.OneLine(name, 60), strings.Join(KeyNames(), ", "))
	}
	if err := k.accepts(value); err != nil {
		if helper.LooksSecret(value) && !errors.Is(err, helper.ErrLineBreak) { // which quotes nothing
			err = errors.New(helper.NotShown)
		}
		return valueError{name, err}
	}
	return nil
}

// accepts returns why a value cannot be used for the key.
func (k *key) accepts(v string) error {
	if v == "" {
		if k.unset {
			return nil
		}
		return errEmpty
	}
	return k.check(v)
}

// valueError is why a value cannot be used for a key.
type valueError struct {
	key   string
	cause error
}

// Error names the key.
func (e valueError) Error() string { return e.key + ": " + e.cause.Error() }

// KeyNames returns the names of all keys of a section, in the order of the
// manual.
func KeyNames() []string {
	names := make([]string, len(keys))
	for i := range keys {
		names[i] = keys[i].name
	}
	return names
}
