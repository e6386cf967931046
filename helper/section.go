package helper

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fallbackKey is the one key that belongs to the section "iam" alone.
const fallbackKey = "fallback"

// section is one of our entries below "plugins". A mistake in it is kept, and
// becomes an error for the hosts that the section concerns only. Its values are
// read when they are needed.
type section struct {
	name       string
	pattern    pattern
	patternErr error
	raw        []byte
	values     map[string]string
	// err is the first mistake in the section: its name, a key, a value.
	err error
}

// newSection reads the name of a section.
func newSection(name string, raw []byte) *section {
	s := &section{name: name, raw: raw}
	if name != Name {
		s.pattern, s.patternErr = parsePattern(name)
	}
	return s
}

// read reads the values, once.
func (s *section) read() {
	if s.values != nil {
		return
	}
	s.values, s.err = map[string]string{}, s.patternErr
	if kind(s.raw) != '{' {
		s.mistake(fmt.Errorf("it is a JSON %s instead of an object of strings", JSONType(kind(s.raw))))
		return
	}
	raw := map[string][]byte{}
	for key, value := range members(s.raw) {
		raw[key] = value
	}
	// In order, so that of several mistakes the same one is told every time.
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		v, err := s.member(key, raw[key])
		if err != nil {
			s.mistake(err)
		}
		if raw[key][0] == '"' {
			s.values[key] = v
		}
	}
}

// member returns the value of a key, and what is wrong with it.
func (s *section) member(key string, raw []byte) (value string, err error) {
	if raw[0] != '"' {
		return "", fmt.Errorf("%s is a JSON %s; every value must be a string, docker stops reading the file at anything else", OneLine(key, 60), JSONType(raw[0]))
	}
	value = jsonString(raw)
	if err := checkKey(key, value); err != nil {
		return value, err
	}
	if key == fallbackKey && s.name != Name {
		return value, fmt.Errorf("%s belongs into the section %q alone", fallbackKey, Name)
	}
	return value, nil
}

// mistake keeps the first mistake.
func (s *section) mistake(err error) {
	if s.err == nil {
		s.err = err
	}
}

// JSONType names for people the type of the JSON value that starts with a byte.
func JSONType(first byte) string {
	switch first {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// pattern is what stands behind "iam@": HOST[:PORT][/PATH].
type pattern struct {
	host, port, path string
	wildcards        int
}

// parsePattern reads the name of a section.
func parsePattern(name string) (pattern, error) {
	rest, ok := strings.CutPrefix(name, Name+"@")
	if !ok {
		return pattern{}, fmt.Errorf("a section is named %q or %q", Name, Name+"@HOST[:PORT][/PATH]")
	}
	if strings.Contains(rest, "://") {
		return pattern{}, fmt.Errorf("a section names a host without a scheme, %q", Name+"@HOST[:PORT][/PATH]")
	}
	host, path, _ := strings.Cut(rest, "/")
	p := pattern{path: strings.Trim(path, "/")}
	e, ok := parseHostPort("https", strings.ReplaceAll(host, "*", "0"))
	if !ok {
		return pattern{}, fmt.Errorf("%q is not a host name with an optional port", OneLine(host, 120))
	}
	p.port = e.port
	p.host = strings.ToLower(host)
	if _, port, ok := strings.Cut(host[strings.LastIndexByte(host, ']')+1:], ":"); ok {
		p.host = strings.ToLower(strings.TrimSuffix(host, ":"+port))
	}
	for label := range strings.SplitSeq(p.host, ".") {
		if strings.Contains(label, "*") {
			if label != "*" {
				return pattern{}, fmt.Errorf("in %q the * must stand for one whole label, as in *.example.com", OneLine(host, 120))
			}
			p.wildcards++
		}
	}
	return p, nil
}

// String returns HOST or HOST:PORT.
func (p pattern) String() string { return hostPort{p.host, p.port}.String() }

// matchesHost reports whether the pattern is for the host, whatever the path.
func (p pattern) matchesHost(e hostPort) bool {
	if p.port != e.port {
		return false
	}
	if p.wildcards == 0 {
		return p.host == e.host
	}
	return match(strings.Split(e.host, "."), strings.Split(p.host, ".")...)
}

// matchesPath reports whether the path lies at or below the pattern's. Git may
// name a repository with or without ".git"; a path with a dot segment is not
// compared, since the server would resolve it to another.
func (p pattern) matchesPath(path string) bool {
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
