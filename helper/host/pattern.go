package host

import (
	"errors"
	"fmt"
	"strings"
)

// Pattern is what a section is named after: HOST[:PORT][/PATH], in which "*"
// matches one whole label of the host. A pattern without "*" and without a
// path is one host.
type Pattern struct {
	// host is the only Host whose labels may be "*".
	host  Host
	path  string
	stars int
}

// errPatternScheme is of a pattern with a scheme before its host.
var errPatternScheme = errors.New("a host is named without a scheme, as HOST[:PORT][/PATH]")

// ParsePattern reads HOST[:PORT][/PATH].
func ParsePattern(s string) (Pattern, error) {
	if strings.Contains(s, "://") {
		return Pattern{}, errPatternScheme
	}
	name, path, _ := strings.Cut(s, "/")
	if dotted(path) { // no request's is taken for it, see MatchesPath
		return Pattern{}, fmt.Errorf("the path %.120q has a dot segment", path)
	}
	return parsePattern("https", name, path)
}

// Plain reports whether a text is the pattern of one host and nothing else, in the
// spelling that [Pattern.Host] has. It is for finding one of thousands; a text that is
// not plain may be a pattern all the same.
func Plain(text []byte) bool {
	n := len(text)
	if n == 0 || n > maxName || text[0] == '-' || text[n-1] == '.' {
		return false
	}
	last := byte('.') // a name does not begin with one, and has no two in a row
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && (c != '.' || last == '.') {
			return false
		}
		last = c
	}
	return true
}

func parsePattern(protocol, name, path string) (Pattern, error) {
	p := Pattern{path: strings.Trim(path, "/"), stars: strings.Count(name, "*")}
	if p.stars > 0 {
		bare := name[:len(name)-len(port(name))]
		for label := range strings.SplitSeq(bare, ".") {
			if strings.Contains(label, "*") && label != "*" {
				return Pattern{}, fmt.Errorf("in %.120q the * must be one whole label, as in *.example.com", Shown(name))
			}
		}
	}
	h, ok := parse(protocol, name, "*")
	if !ok {
		return Pattern{}, fmt.Errorf("%.120q is not a host name with an optional port", Shown(name))
	}
	if strings.HasSuffix(h.name, ".") {
		// It would be another host than the one without the dot, which is meant.
		return Pattern{}, fmt.Errorf("%.120q ends in a dot", name)
	}
	p.host = h
	return p, nil
}

// Exactly returns the pattern of one host and a path below it.
func Exactly(h Host, path string) Pattern {
	return Pattern{host: h, path: strings.Trim(path, "/")}
}

// port returns the end of HOST:PORT from the colon on, or "".
func port(s string) string {
	i := strings.LastIndexByte(s, ':')
	if i <= strings.LastIndexByte(s, ']') {
		return ""
	}
	return s[i:]
}

// String returns HOST[:PORT][/PATH].
func (p Pattern) String() string {
	if p.path == "" {
		return p.Host()
	}
	return p.Host() + "/" + p.path
}

// Host returns HOST or HOST:PORT.
func (p Pattern) Host() string { return p.host.String() }

// Name returns the host without its port.
func (p Pattern) Name() string { return p.host.name }

// Path returns the path without slashes at its ends, "" for the whole host.
func (p Pattern) Path() string { return p.path }

// Below returns the pattern with another path, "" for the whole host.
func (p Pattern) Below(path string) Pattern {
	p.path = strings.Trim(path, "/")
	return p
}

// Canonical returns the pattern with its path in the one spelling of a repository's.
func (p Pattern) Canonical() Pattern {
	p.path = repository(p.host, p.path)
	return p
}

// Same reports whether two patterns are for the same hosts and repositories, however
// each is spelled.
func (p Pattern) Same(q Pattern) bool { return p.Canonical() == q.Canonical() }

// Stars returns how many labels of the host are "*".
func (p Pattern) Stars() int { return p.stars }

// Loopback reports whether the host is this machine.
func (p Pattern) Loopback() bool { return p.host.Loopback() }

// BuiltIn reports whether every host that the pattern matches is built in for the
// client; "*.gcr.io" is, and "*.pkg.dev" is not: only some of its hosts are named
// as a registry.
func (p Pattern) BuiltIn(client Client) bool { return p.host.BuiltIn(client) }

// TakesAccess reports whether every host that the pattern matches takes access tokens
// alone, see [Host.TakesAccess].
func (p Pattern) TakesAccess() bool { return p.host.TakesAccess() }

// Registry reports whether every host that the pattern matches is one of Google's
// registries.
func (p Pattern) Registry() bool { return p.host.Registry() }

// GoogleSource reports whether every host that the pattern matches is one of
// Google's Gerrit hosts.
func (p Pattern) GoogleSource() bool { return p.host.GoogleSource() }

// Matches reports whether the pattern is for the host, whatever the path.
func (p Pattern) Matches(h Host) bool { return p.Covers(Pattern{host: h}) }

// Covers reports whether the pattern is for every host that q matches, whatever
// the paths.
func (p Pattern) Covers(q Pattern) bool {
	if p.host.port != q.host.port {
		return false
	}
	if p.stars == 0 {
		return p.host.name == q.host.name
	}
	return match(strings.Split(q.host.name, "."), strings.Split(p.host.name, ".")...)
}

// Overlaps reports whether there is a host that both patterns match, whatever the
// paths.
func (p Pattern) Overlaps(q Pattern) bool {
	if p.host.port != q.host.port {
		return false
	}
	if p.stars == 0 && q.stars == 0 {
		return p.host.name == q.host.name
	}
	a, b := strings.Split(p.host.name, "."), strings.Split(q.host.name, ".")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && a[i] != "*" && b[i] != "*" {
			return false
		}
	}
	return true
}

// Dotted reports whether the path has a dot segment. Nobody can tell which repository it
// is then: git tells a helper the path with its escapes read and with its query, so that
// of x/../app, which is asked for as app, of x/..%2fapp and of x?/../app, which are not,
// a helper sees the same kind of path, and servers differ too.
func (p Pattern) Dotted() bool { return dotted(p.path) }

// MatchesPath reports whether the path is the pattern's or below it, in whatever
// spelling of a repository's: see repository. A path with a dot segment is not compared,
// see [Pattern.Dotted].
func (p Pattern) MatchesPath(path string) bool {
	if p.path == "" {
		return true
	}
	if dotted(path) {
		return false
	}
	own := repository(p.host, p.path)
	path = repository(p.host, path)
	return path == own || strings.HasPrefix(path, own+"/")
}
