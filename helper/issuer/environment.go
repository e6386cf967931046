package issuer

import (
	"fmt"
	"slices"
	"strings"
)

// withheldPrefixes are of variables that belong to the source identity, to the
// core, to go-plugin or to the dynamic loader, or that lead to a home folder
// with credentials in it.
func withheldPrefixes() []string {
	return []string{
		"GOOGLE_", "GCLOUD_", "GCE_", "GCP_", "CLOUDSDK_", "CREDENTIAL_IAM_", "PLUGIN_",
		"LD_", "DYLD_", "DOCKER_", "GIT_", "KUBE", "SSH_", "DBUS_", "XDG_", "ACTIONS_", "CI_", "VAULT_",
	}
}

// withheldNames are exact.
func withheldNames() []string {
	return []string{
		"HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "NETRC",
		"AWS_CONFIG_FILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AZURE_CONFIG_DIR",
	}
}

// withheldWords mark a name whose value is a secret or the path of one:
// AWS_SECRET_ACCESS_KEY, AWS_WEB_IDENTITY_TOKEN_FILE, AZURE_CLIENT_SECRET,
// AZURE_CLIENT_CERTIFICATE_PATH, AWS_SHARED_CREDENTIALS_FILE, ...
func withheldWords() []string {
	return []string{"SECRET", "TOKEN", "PASSW", "CREDENTIAL", "ACCESS_KEY", "API_KEY", "PRIVATE", "CLIENT_CERT", "SESSION", "AUTHORIZATION"}
}

// withheld reports whether a variable is never handed to a plugin.
func withheld(name string) bool {
	name = strings.ToUpper(name)
	has := func(s string) bool { return strings.HasPrefix(name, s) }
	in := func(s string) bool { return strings.Contains(name, s) }
	return slices.ContainsFunc(withheldPrefixes(), has) || slices.Contains(withheldNames(), name) ||
		slices.ContainsFunc(withheldWords(), in)
}

// declared returns the variables of environ that the patterns name and that are
// not withheld, and the names of those that are.
func declared(patterns, environ []string) (env map[string]string, kept []string, err error) {
	for _, p := range patterns {
		if err := checkPattern(p); err != nil {
			return nil, nil, err
		}
	}
	env = make(map[string]string)
	for _, kv := range environ {
		name, value, ok := strings.Cut(kv, "=")
		if !ok || name == "" || strings.ContainsRune(value, 0) || !slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) }) {
			continue
		}
		if withheld(name) {
			kept = append(kept, name)
			continue
		}
		env[name] = value
	}
	return env, kept, nil
}

func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return name == pattern
}

func checkPattern(p string) error {
	prefix, star := strings.CutSuffix(p, "*")
	for i, c := range []byte(prefix) {
		letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return fmt.Errorf("it declares the environment variable %q, which is no name", clip(p))
		}
	}
	if prefix == "" || star && len(prefix) < 2 {
		return fmt.Errorf("it declares the environment variable %q, which is no name", clip(p))
	}
	return nil
}
