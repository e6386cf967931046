package host

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// URL is what a client calls a host, taken apart.
type URL struct {
	// Protocol is "https" or "http".
	Protocol string
	Host     Host
	// Path is the path below the host, without slashes at its ends.
	Path string
}

// Form is how a protocol writes what it calls a host:
//
//	[SCHEME://][USER@]HOST[:PORT][/PATH][?QUERY][#FRAGMENT]
//
// The zero Form takes https://HOST[:PORT][/PATH] alone, and each field takes
// more. No form takes a blank, a control byte or a backslash anywhere, an "@" in a
// user name, or a host that is written in percent-escapes: readers of URLs disagree
// on those, and the client's must find the host that we find.
type Form struct {
	// Schemes are the schemes that the protocol knows, in lower case; none means
	// "https" alone. The protocol of "http" is http, that of any other is https.
	Schemes []string
	// Bare takes a text without a scheme, as https.
	Bare bool
	// User drops a user name, which never selects an identity, instead of refusing
	// it.
	User bool
	// Query drops a query and a fragment instead of refusing them.
	Query bool
	// Escapes decodes percent-escapes of the path instead of refusing them. An
	// escaped slash stays as it is: it separates nothing. So does an escaped percent
	// sign that would begin another escape: what is read is decoded once.
	Escapes bool
	// API drops the paths "v1" and "v2", which are those of a registry's API.
	API bool
}

// Typed is the form of what a person has at hand: a host from docker's
// configuration, an image's name, the URL of a git remote.
func Typed() Form {
	return Form{Schemes: []string{"https", "http"}, Bare: true, User: true, Escapes: true, API: true}
}

// Why a text is not of a form. No error quotes the text, which may hold a
// password.
var (
	ErrScheme = errors.New("only https asks for a credential")
	ErrUser   = errors.New("a user name cannot be part of it")
	ErrHost   = errors.New("it is not a host name with an optional port")
	ErrPath   = errors.New("it holds characters that a URL does not have")
	ErrQuery  = errors.New("a query or a fragment cannot be part of it")
)

// Read reads a text of the form.
func (f Form) Read(s string) (URL, error) {
	p, err := f.split(s)
	if err != nil {
		return URL{}, err
	}
	h, ok := Parse(p.protocol, p.host)
	if !ok {
		return URL{}, ErrHost
	}
	return URL{Protocol: p.protocol, Host: h, Path: p.path}, nil
}

// ReadPattern reads a text of the form in which labels of the host may be "*".
func (f Form) ReadPattern(s string) (protocol string, p Pattern, err error) {
	t, err := f.split(s)
	if err != nil {
		return "", Pattern{}, err
	}
	if t.host == "" {
		return "", Pattern{}, ErrHost
	}
	p, err = parsePattern(t.protocol, t.host, t.path)
	return t.protocol, p, err
}

// parts is a text taken apart.
type parts struct{ protocol, host, path string }

// split takes a text apart. What it returns as the host is still to be read.
func (f Form) split(s string) (parts, error) {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f || s[i] == '\\' {
			return parts{}, ErrPath
		}
	}
	p := parts{protocol: "https"}
	scheme, rest, found := strings.Cut(s, "://")
	switch {
	case !found && f.Bare:
		rest = s
	case !found:
		return p, ErrScheme
	default:
		if scheme = strings.ToLower(scheme); !f.knows(scheme) {
			return p, ErrScheme
		}
		if scheme == "http" {
			p.protocol = scheme
		}
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		if !f.Query {
			return p, ErrQuery
		}
		rest = rest[:i]
	}
	authority, path, _ := strings.Cut(rest, "/")
	user, host, found := strings.Cut(authority, "@")
	if !found {
		user, host = "", authority
	}
	if found && !f.User || strings.Contains(host, "@") || !plain(user) {
		return p, ErrUser
	}
	p.host = host
	var ok bool
	if p.path, ok = f.clean(path); !ok {
		return p, ErrPath
	}
	return p, nil
}

func (f Form) knows(scheme string) bool {
	if f.Schemes == nil {
		return scheme == "https"
	}
	return slices.Contains(f.Schemes, scheme)
}

// clean returns the path without escapes and without slashes at its ends.
func (f Form) clean(path string) (string, bool) {
	if strings.Contains(path, "%") {
		if !f.Escapes {
			return "", false
		}
		var ok bool
		if path, ok = unescape(path); !ok {
			return "", false
		}
	}
	if strings.ContainsFunc(path, unicode.IsControl) {
		return "", false
	}
	path = strings.Trim(path, "/")
	if f.API && (path == "v1" || path == "v2") {
		path = ""
	}
	return path, true
}

// unescape decodes percent-escapes, except for those of Form.Escapes.
func unescape(s string) (string, bool) {
	var b, part strings.Builder // part is what is decoded since the last escaped slash
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			part.WriteByte(s[i])
			continue
		}
		if !escape(s[i+1:]) {
			return "", false
		}
		c := hex(s[i+1])<<4 | hex(s[i+2])
		i += 2
		if c != '/' {
			part.WriteByte(byte(c))
			continue
		}
		b.WriteString(Decoded(part.String()) + "%2F")
		part.Reset()
	}
	return b.String() + Decoded(part.String()), true
}

// Decoded returns a path that a client has decoded in the form of one that nobody has: a
// percent sign that would begin an escape is escaped. So no path is decoded twice.
func Decoded(path string) string {
	var b strings.Builder
	for i := range len(path) {
		b.WriteByte(path[i])
		if path[i] == '%' && escape(path[i+1:]) {
			b.WriteString("25")
		}
	}
	return b.String()
}

// escape reports whether s goes on as a percent-escape does behind its sign.
func escape(s string) bool { return len(s) > 1 && hex(s[0]) >= 0 && hex(s[1]) >= 0 }

// hex returns the value of a hexadecimal digit, or -1.
func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// plain reports whether a user name has none of the bytes that end one for some
// readers of URLs.
func plain(user string) bool { return !strings.ContainsAny(user, `[]<>"^|{}`+"`") }
