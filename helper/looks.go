package helper

import "strings"

// NotShown is what is said in place of a value that LooksSecret.
const NotShown = "it holds a key or a token itself instead of a name or a path, and is not shown"

// LooksSecret reports whether a value that should be a name or the path of a file
// is the content of one, or a token: the JSON of a key in a variable that wants its
// path is a common mistake. Such a value is never printed or written.
func LooksSecret(s string) bool {
	for _, mark := range []string{"-----BEGIN", "private_key", "refresh_token", "client_secret", "ya29.", "GOCSPX-", "\n", "\r"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	if strings.Contains(s, `"`) && strings.Contains(s, ":") { // JSON
		return true
	}
	rest, _ := strings.CutPrefix(strings.TrimPrefix(s, "file:"), "keyring:")
	// A token of an OAuth client, a JWT, and JSON in base64.
	return strings.HasPrefix(rest, "1//") || strings.HasPrefix(rest, "eyJ") && len(rest) > 40 || strings.HasPrefix(rest, "ewo") && len(rest) > 40
}
