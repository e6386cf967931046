// Package bundle writes down what a report of a problem needs, as one text: the
// versions of the programs, doctor's findings, the configuration of docker and git,
// and the environment that decides what they do.
//
// It promises to hold no secret: of the configuration files only what
// dockerconfig.Document.Redacted and gitconfig.Redacted let through is there, of an
// issuer's options only the names, of the environment only the variables of a list,
// and whatever looks like a secret among them is left out. A file that cannot be
// parsed is not shown at all. It reads files and asks nobody.
package bundle

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/doctor"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// Bundle is what a report needs.
type Bundle struct {
	Time time.Time
	// Versions are lines, each of a program.
	Versions []string
	Findings []doctor.Finding
	// Docker and Git are the paths of configuration files; an empty one is left out.
	Docker, Git []string
	// Environ is the environment, in the form of os.Environ.
	Environ []string
}

// hidden stands where a value was.
const hidden = "REDACTED"

// Text returns all of it.
func (b Bundle) Text() string {
	var t strings.Builder
	fmt.Fprintf(&t, "credential-iam doctor, %s\n", b.Time.UTC().Format(time.RFC3339))
	section(&t, "versions", strings.Join(b.Versions, "\n"))
	var checks []string
	for _, f := range b.Findings {
		checks = append(checks, f.String())
	}
	section(&t, "checks", strings.Join(checks, "\n"))
	for _, path := range b.Docker {
		file(&t, path, docker)
	}
	for _, path := range b.Git {
		file(&t, path, func(raw []byte) (string, error) { return string(gitconfig.Redacted(raw)), nil })
	}
	section(&t, "environment", environment(b.Environ))
	return t.String()
}

func section(t *strings.Builder, title, text string) {
	fmt.Fprintf(t, "\n== %s\n%s\n", title, strings.TrimRight(text, "\n"))
}

// file shows a configuration file as redact lets it be seen.
func file(t *strings.Builder, path string, redact func(raw []byte) (string, error)) {
	if path == "" {
		return
	}
	raw, err := os.ReadFile(path)
	text := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = "there is none"
	case err != nil:
		text = "it cannot be read"
	default:
		if text, err = redact(raw); err != nil {
			text = "it cannot be parsed, and is not shown"
		}
	}
	section(t, path, text)
}

// text is a string of JSON, option an option of an issuer's with its value.
var (
	text   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	option = regexp.MustCompile(`("issuer\.(?:[^"\\]|\\.)*"\s*:\s*)"(?:[^"\\]|\\.)*"`)
)

// docker is docker's configuration, or one of its form.
func docker(raw []byte) (string, error) {
	d, err := dockerconfig.Parse(raw)
	if err != nil {
		return "", err
	}
	shown := option.ReplaceAllString(string(d.Redacted(config.IsSection)), `${1}"`+hidden+`"`)
	return text.ReplaceAllStringFunc(shown, func(s string) string {
		if helper.LooksSecret(strings.Trim(s, `"`)) {
			return `"` + hidden + `"`
		}
		return s
	}), nil
}

// prefixes and names are the variables that decide what the programs do.
var (
	prefixes = []string{"CREDENTIAL_IAM_", "GOOGLE_", "CLOUDSDK_", "GCE_", "XDG_", "LC_"}
	names    = []string{
		"CI", "DBUS_SESSION_BUS_ADDRESS", "DOCKER_CONFIG", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GODEBUG", "HOME",
		"HTTPS_PROXY", "HTTP_PROXY", "KUBERNETES_SERVICE_HOST", "LANG", "NO_PROXY", "NO_GCE_CHECK", "PATH", "REGISTRY_AUTH_FILE",
		"SSL_CERT_DIR", "SSL_CERT_FILE", "SUDO_USER", "TERM", "USER", "USERPROFILE", "https_proxy", "http_proxy", "no_proxy",
	}
	secret = regexp.MustCompile(`(?i)token|secret|password|passwd|credential_data|key$`)
)

// environment shows the variables of the list, sorted, a line each.
func environment(environ []string) string {
	var lines []string
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || !slices.Contains(names, name) && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		if value != "" && (secret.MatchString(name) || helper.LooksSecret(value)) {
			value = hidden
		}
		lines = append(lines, name+"="+helper.Clean(host.Shown(value), nil, 4096))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
