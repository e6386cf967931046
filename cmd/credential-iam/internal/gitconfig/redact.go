package gitconfig

import (
	"regexp"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// Redacted returns the text of a configuration file for people to look at. Only
// values that cannot be a secret are shown, those that this package writes among
// them: a header, a proxy, a URL, a command or a comment may hold a password. The text
// is a configuration file still.
func Redacted(raw []byte) []byte {
	setting := regexp.MustCompile(`^(\s*(?:\[[^\]]*\]\s*)?([A-Za-z][A-Za-z0-9-]*)\s*=[ \t]*)(.*)$`)
	userinfo := regexp.MustCompile(`://[^/@"\]]*@`)
	var b strings.Builder
	continued := false
	for line := range strings.Lines(string(raw)) {
		text := strings.TrimRight(line, "\r\n")
		end := line[len(text):]
		comment := strings.HasPrefix(strings.TrimSpace(text), "#") || strings.HasPrefix(strings.TrimSpace(text), ";")
		more := strings.HasSuffix(text, `\`) && (continued || !comment)
		switch m := setting.FindStringSubmatch(text); {
		case continued:
			text = "REDACTED"
		case comment:
			text = "# REDACTED"
		case m != nil && !shown(strings.ToLower(m[2]), m[3]):
			text = m[1] + "REDACTED"
		}
		b.WriteString(userinfo.ReplaceAllString(text, "://REDACTED@") + end)
		continued = more
	}
	return []byte(b.String())
}

// shown reports whether a setting's value cannot be a secret.
func shown(name, value string) bool {
	switch name {
	case "usehttppath", "proactiveauth", "postbuffer":
		return true
	case "helper":
		return !strings.Contains(value, "!") && !helper.LooksSecret(value)
	case "name", "email", "editor", "pager", "defaultbranch", "autocrlf", "eol", "excludesfile", "attributesfile":
		return !helper.LooksSecret(value) && !strings.ContainsAny(value, "#;") // which begin a comment
	case "clean", "smudge", "process":
		return strings.HasPrefix(value, "git-lfs ") && !strings.ContainsAny(value, "#;")
	}
	return slices.Contains([]string{"true", "false", "yes", "no", "on", "off", "auto", "always", "never"}, strings.ToLower(value))
}
