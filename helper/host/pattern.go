package host

import (
	"errors"
	"fmt"
	"strings"
)

// Pattern is what a section is named after: HOST[:PORT][/PATH], in which "*"
// matches one whole label of the host.
type Pattern struct {
	host  Host
	path  string
	stars int
}

// errScheme is of a pattern with a scheme before its host.
var errScheme = errors.New("a host is named without a scheme, as HOST[:PORT][/PATH]")

// ParsePattern reads HOST[:PORT][/PATH].
func ParsePattern(s string) (Pattern, error) {
	if strings.Contains(s, "://") {
		return Pattern{}, errScheme
	}
	name, path, _ := strings.Cut(s, "/")
	// A star is not allowed in a host name, nor within the port or an address of
	// a pattern: with a letter in its place the rest must be a host.
	bare := name[:len(name)-len(port(name))]
	for label := range strings.SplitSeq(bare, ".") {
		if strings.Contains(label, "*") && label != "*" {
			return Pattern{}, fmt.Errorf("in %.120q the * must be one whole label, as in *.example.com", name)
		}
	}
	h, ok := Parse("https", strings.ReplaceAll(bare, "*", "x")+port(name))
	if !ok {
		return Pattern{}, fmt.Errorf("%.120q is not a host name with an optional port", name)
	}
	h.name = strings.ToLower(bare)
	return Pattern{host: h, path: strings.Trim(path, "/"), stars: strings.Count(bare, "*")}, nil
}

// port returns the end of HOST:PORT from the colon on, or "".
func port(s string) string {
	i := strings.LastIndexByte(s, ':')
	if i <= strings.LastIndexByte(s, ']') {
		return ""
	}
	return s[i:]
}

// String returns HOST or HOST:PORT.
func (p Pattern) String() string { return p.host.String() }

// Path returns the path without slashes at its ends, "" for the whole host.
func (p Pattern) Path() string { return p.path }

// Stars returns how many labels of the host are "*".
func (p Pattern) Stars() int { return p.stars }

// Matches reports whether the pattern is for the host, whatever the path.
func (p Pattern) Matches(h Host) bool {
	if p.host.port != h.port {
		return false
	}
	if p.stars == 0 {
		return p.host.name == h.name
	}
	return match(strings.Split(h.name, "."), strings.Split(p.host.name, ".")...)
}

// MatchesPath reports whether the path is the pattern's or below it. Git may name
// a repository with or without ".git"; a path with a dot segment is not compared,
// since the server would resolve it to another.
func (p Pattern) MatchesPath(path string) bool {
	if p.path == "" {
		return true
	}
	path = strings.Trim(path, "/")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return path == p.path || path == p.path+".git" || strings.HasPrefix(path, p.path+"/")
}
