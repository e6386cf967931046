package iam

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// accountName returns the API's name of an account, which is an e-mail
// or a numeric id: projects/-/serviceAccounts/ACCOUNT. The project is always
// the wildcard; the API refuses any other.
func accountName(account string) string {
	return helper.AccountPrefix + helper.BareAccount(account)
}

// checkAccount returns the bare form of a service account given as an e-mail, a
// numeric id or projects/-/serviceAccounts/ACCOUNT, or an error.
func checkAccount(account string) (string, error) {
	bare := helper.BareAccount(account)
	if err := helper.CheckServiceAccount(bare); err != nil {
		return "", fmt.Errorf("%q: %w", helper.OneLine(account, 120), err)
	}
	return bare, nil
}

// checkTarget returns t with every account in its bare form and every default
// filled in, or an error (*helper.Error, code "bad-parameter") that names the
// parameter. No call is made with a target that did not pass.
func checkTarget(t helper.Target) (helper.Target, error) {
	if t.Token == "" {
		t.Token = helper.Access
	}
	if t.Lifetime == 0 {
		t.Lifetime = helper.DefaultLifetime
	}
	if t.UniverseDomain == "" {
		t.UniverseDomain = helper.DefaultUniverse
	}
	if t.Endpoint == "" {
		t.Endpoint = defaultEndpoint(t.UniverseDomain)
	}
	t.Delegates = slices.Clone(t.Delegates)
	if name, err := checkParameters(&t); err != nil {
		return t, badParameter(name, err)
	}
	return t, nil
}

// checkParameters normalises t and returns the first parameter that is wrong.
func checkParameters(t *helper.Target) (name string, err error) {
	if t.ServiceAccount != "" {
		if t.ServiceAccount, err = checkAccount(t.ServiceAccount); err != nil {
			return "serviceAccount", err
		}
	} else if len(t.Delegates) > 0 {
		return "delegates", fmt.Errorf("a chain of delegates needs a service account at its end")
	}
	for i, d := range t.Delegates {
		if t.Delegates[i], err = checkAccount(d); err != nil {
			return "delegates", err
		}
	}
	if t.Endpoint, err = host.BaseURL(t.Endpoint); err != nil {
		return "endpoint", err
	}
	if t.Lifetime < time.Second || t.Lifetime > helper.MaxLifetime {
		return "lifetime", fmt.Errorf("%s is not between 1s and 12h", t.Lifetime)
	}
	if err := helper.CheckProject(t.QuotaProject); t.QuotaProject != "" && err != nil {
		return "quotaProject", err
	}
	if err := helper.CheckHeader(t.RequestReason); err != nil {
		return "requestReason", err
	}
	switch t.Token {
	case helper.Access:
		return "scopes", checkScopes(t.Scopes)
	case helper.ID, helper.JWT:
		return "audience", checkAudience(t.Audience)
	}
	return "token", fmt.Errorf("%q is not access, id or jwt", helper.OneLine(string(t.Token), 40))
}

// checkScopes wants at least one: the API answers an empty list with "Request
// contains an invalid argument." and nothing else.
func checkScopes(scopes []string) error {
	if len(scopes) == 0 {
		return fmt.Errorf("at least one scope is needed")
	}
	for _, s := range scopes {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			return fmt.Errorf("%q is not a scope", helper.OneLine(s, 120))
		}
	}
	return nil
}

func checkAudience(audience string) error {
	if audience == "" {
		return fmt.Errorf("an audience is needed")
	}
	if len(audience) > 2048 || strings.ContainsFunc(audience, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("it is longer than 2048 bytes or holds a control byte")
	}
	return nil
}

// checkURL returns an error unless raw is https, or http to this machine: a
// secret of the source is sent there.
func checkURL(field, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return fmt.Errorf("its %s is not a URL", field)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !host.Loopback(u.Host)) {
		return fmt.Errorf("its %s %q must be https (or http to a loopback address)", field, helper.OneLine(u.Scheme+"://"+u.Host, 120))
	}
	return nil
}

// impersonated returns the account that an impersonation URL names, and where it is
// called: Google's own endpoint of the universe is "", what the target says counts
// there.
func impersonated(raw, universe string) (link, error) {
	const field = "service_account_impersonation_url"
	if err := checkURL(field, raw); err != nil {
		return link{}, err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return link{}, fmt.Errorf("its %s is not a URL", field)
	}
	prefix, rest, ok := strings.Cut(u.Path, "/v1/"+helper.AccountPrefix)
	account, ok2 := strings.CutSuffix(rest, ":generateAccessToken")
	if !ok || !ok2 || helper.CheckServiceAccount(account) != nil {
		return link{}, fmt.Errorf("its %s names no service account", field)
	}
	endpoint, err := host.BaseURL(u.Scheme + "://" + u.Host + prefix)
	if err != nil || u.RawQuery != "" || u.Fragment != "" {
		return link{}, fmt.Errorf("its %s is more than the API's host and an account", field)
	}
	if endpoint == defaultEndpoint(universe) {
		endpoint = ""
	}
	return link{account: account, endpoint: endpoint}, nil
}

// defaultEndpoint is Google's own base URL of the API in a universe.
func defaultEndpoint(universe string) string { return "https://iamcredentials." + universe + "/" }
