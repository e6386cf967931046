package helper

import "strings"

// builtin reports whether a host is one of Google's that the client may send an
// access token to without a section of its own. The whole name is matched,
// label by label: a look-alike such as "gcr.io.example.com" matches nothing.
//
// Registries answer both clients, because git serves Go modules of Artifact
// Registry (LOCATION-go.pkg.dev) to GOAUTH=git; git hosts answer git alone.
func builtin(client Client, e hostPort) bool {
	if e.port != "" {
		return false
	}
	l := strings.Split(e.host, ".")
	for _, label := range l {
		if !dnsLabel(label) {
			return false
		}
	}
	switch {
	case match(l, "gcr", "io"), match(l, "*", "gcr", "io"):
		return true
	case match(l, "*", "pkg", "dev"):
		return locationFormat(l[0])
	case match(l, "docker", "*", "rep", "pkg", "dev"):
		return location(l[1])
	}
	if client != Git {
		return false
	}
	return match(l, "source", "developers", "google", "com") ||
		match(l, "googlesource", "com") || match(l, "*", "googlesource", "com") ||
		match(l, "*", "*", "sourcemanager", "dev") ||
		match(l, "*", "developerconnect", "dev")
}

// Registry reports whether a host is one of Google's registries. They want the
// user name "oauth2accesstoken" of every client, git included.
func Registry(host string) bool {
	e, ok := parseHostPort("https", host)
	return ok && builtin(Docker, e)
}

// match compares labels; "*" in the pattern stands for one whole label.
func match(labels []string, pattern ...string) bool {
	if len(labels) != len(pattern) {
		return false
	}
	for i, p := range pattern {
		if p != "*" && p != labels[i] {
			return false
		}
	}
	return true
}

// locationFormat reports whether s reads LOCATION-FORMAT, as
// "europe-west1-docker" or "us-npm".
func locationFormat(s string) bool {
	i := strings.LastIndexByte(s, '-')
	return i > 0 && location(s[:i]) && letters(s[i+1:])
}

// location reports whether s can be a Google Cloud location: it starts with a
// letter, as "us", "me-central2" and "northamerica-northeast1" do.
func location(s string) bool { return dnsLabel(s) && s[0] >= 'a' && s[0] <= 'z' }

// letters reports whether s is one or more of a to z.
func letters(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return s != ""
}

// dnsLabel reports whether s is a label of a host name in lower case (RFC 1123).
func dnsLabel(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-'
}

// GoogleSource reports whether a host is one of Google's Gerrit hosts, which
// want a user name that starts with "git-".
func GoogleSource(host string) bool {
	return host == "googlesource.com" || strings.HasSuffix(host, ".googlesource.com")
}
