package helper

import (
	"path/filepath"
	"strings"
)

// gcloudConfig is gcloud's active configuration: properties by "section/name".
// It is read from gcloud's files, because asking gcloud takes half a second.
type gcloudConfig struct {
	dir        string
	properties map[string]string
}

// readGcloud reads the active configuration: $CLOUDSDK_ACTIVE_CONFIG_NAME, else
// the file active_config, else "default" (gcloud topic configurations).
func readGcloud(env Env) gcloudConfig {
	g := gcloudConfig{dir: env.GcloudDir(), properties: map[string]string{}}
	if g.dir == "" {
		return g
	}
	name := env.Getenv("CLOUDSDK_ACTIVE_CONFIG_NAME")
	if name == "" {
		if b, err := ReadFile(filepath.Join(g.dir, "active_config"), maxFile); err == nil {
			name = strings.TrimSpace(string(b))
		}
	}
	if name == "" {
		name = "default"
	}
	if name == "NONE" || strings.ContainsAny(name, `/\`) {
		return g
	}
	b, err := ReadFile(filepath.Join(g.dir, "configurations", "config_"+name), maxFile)
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
			g.properties[section+"/"+strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return g
}

// account returns gcloud's active account, or "".
func (g gcloudConfig) account(env Env) string {
	if a := env.Getenv("CLOUDSDK_CORE_ACCOUNT"); a != "" {
		return a
	}
	return g.properties["core/account"]
}

// GcloudProperties returns gcloud's active configuration as "section/name".
func GcloudProperties(env Env) map[string]string { return readGcloud(env).properties }
