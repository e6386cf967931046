package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// keyNames are the keys of a configuration section, in the order of the manual.
const keyNames = "serviceAccount delegates token scopes audience includeEmail lifetime source issuer username " +
	"endpoint universeDomain quotaProject requestReason keystore fallback"

// checkValue returns why a value cannot be used for a key; known is false for a
// key that does not exist. It is a switch and not a table of functions, because
// a table is built at every start of an adapter.
func checkValue(key, v string) (known bool, err error) {
	switch key {
	case "serviceAccount":
		return true, optional(v, helper.CheckServiceAccount)
	case "delegates":
		return true, optional(v, checkDelegates)
	case "token":
		return true, oneOf(v, "access", "id", "jwt")
	case "scopes":
		_, err = splitScopes(v)
		return true, err
	case "audience":
		return true, checkText(v)
	case "includeEmail":
		return true, oneOf(v, "true", "false")
	case "lifetime":
		_, err = ParseLifetime(v)
		return true, err
	case "source":
		return true, source.CheckSpec(v)
	case "issuer":
		return true, checkIssuer(v)
	case "username":
		return true, optional(v, checkUsername)
	case "endpoint":
		_, err = host.BaseURL(v)
		return true, err
	case "universeDomain":
		return true, checkUniverse(v)
	case "quotaProject", "requestReason":
		return true, optional(v, checkText)
	case "keystore":
		return true, oneOf(v, "auto", "kernel", "keyring", "tmpfs", "none")
	case fallbackKey:
		return true, optional(v, checkFallback)
	}
	return false, nil
}

const issuerOption = "issuer."

// checkKey returns why a key or its value cannot be used.
func checkKey(name, value string) error {
	if option, ok := strings.CutPrefix(name, issuerOption); ok {
		if option == "" {
			return fmt.Errorf("unknown key %q: an issuer's option has a name behind the dot", name)
		}
		return nil
	}
	if known, err := checkValue(name, value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	} else if known {
		return nil
	}
	return fmt.Errorf("unknown key %q, did you mean %q?", helper.OneLine(name, 60), Nearest(name, KeyNames()))
}

// KeyNames returns the names of all keys of a section, in the order of the
// manual.
func KeyNames() []string { return strings.Fields(keyNames) }

// optional lets an empty value stand for "none".
func optional(v string, check func(string) error) error {
	if v == "" {
		return nil
	}
	return check(v)
}

// oneOf checks for one of the given words.
func oneOf(v string, words ...string) error {
	if !slices.Contains(words, v) {
		return fmt.Errorf("%q is none of %s", helper.OneLine(v, 60), strings.Join(words, ", "))
	}
	return nil
}

// checkText refuses what could not stand in a header or a line.
func checkText(v string) error {
	if v == "" {
		return fmt.Errorf("it is empty")
	}
	if !keystore.Clean(v) {
		return fmt.Errorf("it holds a control byte")
	}
	return nil
}

// checkUsername refuses a user name that docker or git would read as something
// else: a colon ends the name in Basic authentication (RFC 7617), and
// "<token>" makes docker POST the secret as a refresh token.
func checkUsername(v string) error {
	if strings.Contains(v, ":") || v == "<token>" {
		return fmt.Errorf("%q cannot be a user name", helper.OneLine(v, 60))
	}
	return checkText(v)
}

func checkDelegates(v string) error {
	for _, d := range splitList(v) {
		if err := helper.CheckServiceAccount(helper.BareAccount(d)); err != nil {
			return err
		}
	}
	return nil
}

// splitList splits a comma-separated list.
func splitList(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// splitScopes returns the scopes of a comma- or space-separated list, sorted
// and each once.
func splitScopes(v string) ([]string, error) {
	scopes := splitList(v)
	if len(scopes) == 0 {
		return nil, fmt.Errorf("at least one scope is needed")
	}
	for _, s := range scopes {
		for i := range len(s) {
			if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '"' || s[i] == '\\' {
				return nil, fmt.Errorf("%q is not a scope (RFC 6749, section 3.3)", helper.OneLine(s, 60))
			}
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes), nil
}

// ParseLifetime reads a lifetime, "3600s", "1h" or "45m", from a second to
// twelve hours.
func ParseLifetime(v string) (time.Duration, error) {
	d, err := time.ParseDuration(v)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 3600s or 1h", helper.OneLine(v, 60))
	}
	if d < time.Second || d > helper.MaxLifetime {
		return 0, fmt.Errorf("%q is not between 1s and 12h", helper.OneLine(v, 60))
	}
	return d, nil
}

// checkIssuer refuses a name that could leave the plugin folder.
func checkIssuer(v string) error {
	if !host.Label(v) {
		return fmt.Errorf("%q is not the name of an issuer (a-z, 0-9 and hyphens)", helper.OneLine(v, 60))
	}
	return nil
}

// checkFallback takes the suffix of a docker credential helper, not a path.
func checkFallback(v string) error {
	if strings.ContainsAny(v, `/\`) || checkText(v) != nil || strings.HasPrefix(v, ".") {
		return fmt.Errorf("%q is not the suffix of a docker-credential-SUFFIX program", helper.OneLine(v, 60))
	}
	if v == Name {
		return fmt.Errorf("%q is this helper itself", v)
	}
	return nil
}

func checkUniverse(v string) error {
	for _, label := range strings.Split(v, ".") {
		if !host.Label(label) {
			return fmt.Errorf("%q is not a domain name", helper.OneLine(v, 60))
		}
	}
	if !strings.Contains(v, ".") {
		return fmt.Errorf("%q is not a domain name", helper.OneLine(v, 60))
	}
	return nil
}
