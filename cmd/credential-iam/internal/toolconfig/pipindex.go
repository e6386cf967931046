package toolconfig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// pipUser is the user name for Google's registries.
const pipUser = "oauth2accesstoken"

// unnamed returns the first URL of a value that is one of Google's registries without a
// user name: pip asks for no password there (pypa/pip#11971).
func unnamed(value string) string {
	for url := range strings.FieldsSeq(value) {
		u, err := host.Form{Escapes: true}.Read(url) // refuses a user name
		if err == nil && u.Host.Registry() {
			return url
		}
	}
	return ""
}

// pipUnnamed says which index pip asks for without a password, and the fix.
func (w World) pipUnnamed(f *file) (trouble, fix string) {
	const because = " has no user name, so pip asks for no password; it is "
	for _, name := range []string{"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"} {
		value := w.Env.Getenv(name)
		if url := unnamed(value); url != "" {
			named := strings.ReplaceAll(value, url, "https://"+pipUser+"@"+strings.TrimPrefix(url, "https://"))
			fix = helper.SetCommand(name, named)
			if strings.Count(value, "@") > 0 { // which may be a password
				fix = helper.Unset(name)
			}
			return url + " (" + name + ")" + because + pipUser, fix
		}
	}
	key := ""
	for i := range f.text {
		line := f.text.line(i)
		value := line
		if name, v, ok := pipSetting(line); ok {
			key, value = name, v
		} else if strings.TrimSpace(line) == "" || !strings.ContainsAny(line[:1], " \t") {
			continue // neither a setting nor the continuation of one
		}
		if url := unnamed(value); url != "" && slices.Contains([]string{"index-url", "extra-index-url"}, key) {
			return fmt.Sprintf("%s (line %d of %s)%s%s: write https://%s@%s", url, i+1, f.Path, because, pipUser, pipUser, strings.TrimPrefix(url, "https://")), helper.EditCommand(f.Path)
		}
	}
	return "", ""
}
