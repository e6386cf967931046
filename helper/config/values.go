package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// What values the keys take. Each check says why a value cannot be used, in words
// that do not name the key.

// Own is the value of "serviceAccount" that asks for the source identity's own
// token. Nothing else does: an account that is missing is an error.
const Own = "source"

// checkAccount takes a service account or Own.
func checkAccount(v string) error {
	if v == Own {
		return nil
	}
	return helper.CheckServiceAccount(v)
}

func checkToken(v string) error { return oneOf(v, "access", "id", "jwt") }

func checkBool(v string) error { return oneOf(v, "true", "false") }

func checkKeystore(v string) error { return oneOf(v, keystore.Names()...) }

func checkScopes(v string) error {
	_, err := splitScopes(v)
	return err
}

func checkLifetime(v string) error {
	_, err := ParseLifetime(v)
	return err
}

func checkEndpoint(v string) error {
	_, err := host.BaseURL(v)
	return err
}

// oneOf checks for one of the given words.
func oneOf(v string, words ...string) error {
	if !slices.Contains(words, v) {
		return fmt.Errorf("%q is not one of %s", helper.OneLine(v, 60), strings.Join(words, ", "))
	}
	return nil
}

// checkText refuses what cannot be part of a header or a line.
func checkText(v string) error {
	if v == "" {
		return errEmpty
	}
	if !keystore.Clean(v) {
		return errors.New("it holds a control byte")
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
