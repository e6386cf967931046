package source

import (
	"cmp"
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// Gcloud is gcloud's active configuration: properties by "section/name".
// It is read from gcloud's files, because asking gcloud takes half a second.
type Gcloud struct {
	Dir        string
	Properties map[string]string
}

// ReadGcloud reads the active configuration: $CLOUDSDK_ACTIVE_CONFIG_NAME, else
// the file active_config, else "default" (gcloud topic configurations).
func ReadGcloud(env helper.Env) Gcloud { return ReadGcloudIn(env, GcloudDir(env)) }

// ReadGcloudIn reads the active configuration in a folder, "" for none.
func ReadGcloudIn(env helper.Env, dir string) Gcloud {
	g := Gcloud{Dir: dir, Properties: map[string]string{}}
	if g.Dir == "" {
		return g
	}
	name := env.Getenv("CLOUDSDK_ACTIVE_CONFIG_NAME")
	if name == "" {
		if b, err := helper.ReadFile(filepath.Join(g.Dir, "active_config"), helper.MaxFile); err == nil {
			name = strings.TrimSpace(string(b))
		}
	}
	if name == "" {
		name = "default"
	}
	if name == "NONE" || strings.ContainsAny(name, `/\`) {
		return g
	}
	b, err := helper.ReadFile(filepath.Join(g.Dir, "configurations", "config_"+name), helper.MaxFile)
	if err != nil {
		return g
	}
	section := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if s, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(s, "]")
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") {
			g.Properties[section+"/"+strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return g
}

// account returns gcloud's active account, or "".
func (g Gcloud) account(env helper.Env) string {
	if a := env.Getenv("CLOUDSDK_CORE_ACCOUNT"); a != "" {
		return a
	}
	return g.Properties["core/account"]
}

// GcloudDir returns gcloud's configuration folder: $CLOUDSDK_CONFIG, which gcloud
// takes from the current folder where it is relative, else the platform's
// well-known one; "" when there is no home.
func GcloudDir(e helper.Env) string {
	if dir := e.Getenv("CLOUDSDK_CONFIG"); dir != "" {
		if abs, err := filepath.Abs(dir); err == nil {
			return abs
		}
		return dir
	}
	if runtime.GOOS == "windows" {
		if dir := e.Getenv("APPDATA"); dir != "" {
			return filepath.Join(dir, "gcloud")
		}
		return ""
	}
	if e.HomeDir == "" {
		return ""
	}
	return filepath.Join(e.HomeDir, ".config", "gcloud")
}

// The variables by which gcloud is given a token or a login, whatever sign-in it has.
const (
	gcloudToken     = "CLOUDSDK_AUTH_ACCESS_TOKEN"
	gcloudTokenFile = "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"
	gcloudLoginFile = "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"
)

// GcloudOverrides returns the variables that are set by which gcloud's token is not that
// of its account: no sign-in changes it.
func GcloudOverrides(env helper.Env) []string {
	return slices.DeleteFunc([]string{gcloudToken, gcloudTokenFile, gcloudLoginFile}, func(name string) bool { return env.Getenv(name) == "" })
}

// gcloud is gcloud's account.
var gcloud = place{name: "gcloud", find: func(_ context.Context, f Finder, _ string) (helper.Source, error) {
	if s, ok := gcloudSource(f.Env, f.Gcloud()); ok {
		return s, nil
	}
	return helper.Source{}, missing("gcloud", "gcloud has no active account", "gcloud auth login")
}}

// gcloudSource names gcloud's active account. What else decides the token that
// gcloud prints is part of the fingerprint.
func gcloudSource(env helper.Env, g Gcloud) (helper.Source, bool) {
	account := g.account(env)
	unshared := ""
	overrides := []string{env.Getenv(gcloudToken)}
	for _, path := range []string{
		env.Getenv(gcloudTokenFile), env.Getenv(gcloudLoginFile),
		g.Properties["auth/access_token_file"], g.Properties["auth/credential_file_override"],
	} {
		content := ""
		if path != "" {
			b, _ := helper.ReadFile(path, MaxDocument) // gcloud will say what is wrong with it
			content = string(b)
			if d, err := Parse(b); err == nil {
				behind := d.Principal(env)
				content += behind.print
				unshared = cmp.Or(unshared, behind.Unknown)
			}
		}
		overrides = append(overrides, path, content)
	}
	if account == "" && strings.Join(overrides, "") == "" {
		return helper.Source{}, false
	}
	s := helper.Source{Kind: "gcloud", Path: g.Dir, Name: account, From: "gcloud's active configuration", Unshared: unshared}
	if unshared == "" {
		s.Fingerprint = Digest(append([]string{"gcloud", g.Dir, account}, overrides...)...)
	}
	return s, true
}
