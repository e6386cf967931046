package gitconfig

import (
	"slices"
	"strings"
)

// place is a URL taken apart: what git compares.
type place struct{ scheme, user, host, path string }

// parse takes a URL apart. Host and scheme are in lower case, a port that is the
// scheme's own is dropped, and so are slashes at the end of the path.
func parse(url string) place {
	var p place
	rest := url
	if scheme, after, ok := strings.Cut(url, "://"); ok {
		p.scheme, rest = strings.ToLower(scheme), after
	}
	host, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		p.user, host = host[:i], host[i+1:]
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	switch p.scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	p.host, p.path = host, strings.Trim(path, "/")
	return p
}

// Matches reports whether the settings of a pattern, HOST or
// SCHEME://[USER@]HOST[:PORT][/PATH], count for a URL (git-config,
// "http.<url>.*"). An asterisk stands for one whole label of the host; one in the
// URL is for all of them, and so matches nothing but another asterisk.
func Matches(pattern, url string) bool {
	p, u := parse(pattern), parse(url)
	if p.scheme != "" && p.scheme != u.scheme || p.user != "" && p.user != u.user {
		return false
	}
	if !hostMatches(p.host, u.host) {
		return false
	}
	return p.path == "" || p.path == u.path || strings.HasPrefix(u.path, p.path+"/")
}

func hostMatches(pattern, host string) bool {
	if pattern == host {
		return true
	}
	want, have := strings.Split(pattern, "."), strings.Split(host, ".")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && (want[i] != "*" || have[i] == "") {
			return false
		}
	}
	return true
}

// same reports whether two patterns are for the same URLs.
func same(a, b string) bool { return parse(a) == parse(b) }

// Host returns the host of a pattern, with its port if any, and its path.
func Host(pattern string) (host, path string) {
	p := parse(pattern)
	return p.host, p.path
}

// MayMatch reports whether a pattern could be for a URL, whoever the user is and
// whatever git makes of a pattern without a scheme. Git.Ask tells whether it is.
func MayMatch(pattern, url string) bool {
	p, u := parse(pattern), parse(sample(url))
	return p.host == "" || hostMatches(p.host, u.host)
}

// Users returns the user names that patterns of credential helpers name for the host
// of a URL; one may hold a password.
func Users(entries []Entry, url string) []string {
	var users []string
	for _, e := range entries {
		if p := parse(e.URL); e.Section == "credential" && e.Name == "helper" && p.user != "" && MayMatch(e.URL, url) && !slices.Contains(users, p.user) {
			users = append(users, p.user)
		}
	}
	return users
}

// Taken reports whether git asks another helper for that very URL, by an entry of the
// global file: Configure takes its place only if it is forced to.
func Taken(entries []Entry, url string) bool {
	return slices.ContainsFunc(rivals(entries, url), func(e Entry) bool { return !e.Beyond() && e.Scope != "system" })
}
