package configure

import (
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// Flag is a flag that sets one key of a section. The keys themselves, and what values
// they take, are package config's table; these are the ones that people type often.
type Flag struct {
	// Key is the key, Name the flag, Kind and Usage what its help says.
	Key, Name, Kind, Usage string
}

// Flags are the flags of keys, in the order of the help. Every key of a section can be
// set by --set KEY=VALUE besides.
func Flags() []Flag {
	return []Flag{
		{"serviceAccount", "service-account", "EMAIL", "service account to act as, an e-mail or its numeric id, or source for the source identity itself"},
		{"delegates", "delegates", "A,B", "delegation chain, comma-separated, starting with the account that the source impersonates"},
		{"token", "token", "KIND", "kind of token: access, id or jwt"},
		{"scopes", "scopes", "SCOPES", "OAuth scopes of an access token, comma-separated (cloud-platform)"},
		{"audience", "audience", "AUDIENCE", "audience of an ID token or a JWT (https://HOST)"},
		{"lifetime", "lifetime", "DURATION", "lifetime of an access token (1h)"},
		{"source", "source", "SOURCE", "source identity: adc, gcloud, metadata, file:PATH or keyring:NAME"},
		{"issuer", "issuer", "NAME", "issuer plugin that makes the credential: ecr, acr, ..."},
		{"username", "username", "NAME", "user name to answer with"},
	}
}

// issuerOption begins the key of an option of an issuer plugin.
const issuerOption = "issuer."

// byKey compares two keys by the order of the manual; options come last.
func byKey(a, b string) int {
	names := config.KeyNames()
	order := func(key string) int {
		if i := slices.Index(names, key); i >= 0 {
			return i
		}
		return len(names)
	}
	if i, j := order(a), order(b); i != j {
		return i - j
	}
	return strings.Compare(a, b)
}

// keyWords are the words of a command line that sets keys.
func keyWords(keys []string, values map[string]string) (words []string) {
	for _, key := range keys {
		flag, name, named := strings.Cut(flagOf(key), " ")
		value := values[key]
		if named {
			value = name + "=" + value
		}
		words = append(words, flag, helper.ShellWord(value))
	}
	return words
}

// flagOf is the flag that sets a key: one of its own, or --option or --set with the name
// that the value begins with there.
func flagOf(key string) string {
	if option, ok := strings.CutPrefix(key, issuerOption); ok {
		return "--option " + option
	}
	flags := Flags()
	if i := slices.IndexFunc(flags, func(f Flag) bool { return f.Key == key }); i >= 0 {
		return "--" + flags[i].Name
	}
	return "--set " + key
}

// writes reports whether Unconfigure removes a key: one of a flag of its own. What else
// is in a section a person may have written there, and it is kept.
func writes(key string) bool {
	return slices.ContainsFunc(Flags(), func(f Flag) bool { return f.Key == key }) || strings.HasPrefix(key, issuerOption)
}
