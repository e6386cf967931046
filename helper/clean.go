package helper

import "strings"

// redacted is what a secret reads in texts.
const redacted = "REDACTED"

// leastSecret is the shortest text that [Clean] takes for a secret: a shorter one
// would be found in every other word.
const leastSecret = 4

// Clean makes outside text one line of at most limit bytes (see [OneLine]), without
// the secrets, without anything that looks like a token of Google's or a JWT, and
// without what looks like the hint of an [Error]: a server must not have a person
// paste its command.
func Clean(s string, secrets []string, limit int) string {
	s = without(s, secrets)
	// Without its control bytes a text may have what it had in pieces before.
	s = without(OneLine(s, len(s)+8), secrets)
	return OneLine(withoutHint(withoutTokens(s)), limit)
}

// withoutHint takes the colon from every "run:", in any case and however far it
// stands from the word.
func withoutHint(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, ':')
		if i < 0 {
			return b.String() + s
		}
		word := strings.TrimRight(s[:i], " ")
		b.WriteString(s[:i])
		if len(word) < 3 || !strings.EqualFold(word[len(word)-3:], "run") {
			b.WriteByte(':')
		}
		s = s[i+1:]
	}
}

func without(s string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= leastSecret {
			s = strings.ReplaceAll(s, secret, redacted)
		}
	}
	return s
}

// withoutTokens replaces what looks like a token.
func withoutTokens(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if n := tokenLength(s[i:], i == 0 || s[i-1] == '/' || !inToken(s[i-1])); n > 0 {
			b.WriteString(redacted)
			i += n
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}
