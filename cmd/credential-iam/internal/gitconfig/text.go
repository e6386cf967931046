package gitconfig

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Text is the text of one of git's configuration files, with the places of its
// entries (git's config.c: git_parse_source).
type Text struct {
	raw      []byte
	sections []span
	lines    []line
}

// span is a part of the text.
type span struct{ start, end int }

// line is an entry with its place: from the first letter of its name to the end of the
// line that its value ends on. section is the index of its header.
type line struct {
	Entry
	span
	section int
}

var errSyntax = errors.New("git cannot read it")

// Parse reads a text as git does. It fails where git would, and where there is a NUL, which
// ends what git prints.
func Parse(raw []byte) (*Text, error) {
	if i := bytes.IndexByte(raw, 0); i >= 0 {
		return nil, fmt.Errorf("line %d has a NUL in it", 1+bytes.Count(raw[:i], []byte("\n")))
	}
	s := &scanner{raw: raw, text: &Text{raw: raw}}
	s.pos = len(raw) - len(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	for {
		start := s.pos
		c := s.next()
		switch {
		case c == eof:
			return s.text, nil
		case isSpace(c):
		case c == '#' || c == ';':
			s.skipLine()
		case c == '[':
			if !s.header(start) {
				return nil, s.fail()
			}
		case !isLetter(c) || len(s.text.sections) == 0 || !s.entry(start):
			return nil, s.fail()
		}
	}
}

const eof = -1

// scanner reads a text letter by letter. The end of the text ends a line, too.
type scanner struct {
	raw          []byte
	pos          int
	text         *Text
	section, url string
}

// next returns the next letter; CR LF is one LF.
func (s *scanner) next() int {
	if s.pos >= len(s.raw) {
		s.pos = len(s.raw) + 1
		return eof
	}
	c := s.raw[s.pos]
	s.pos++
	if c == '\r' && s.pos < len(s.raw) && s.raw[s.pos] == '\n' {
		s.pos++
		return '\n'
	}
	return int(c)
}

func (s *scanner) back() { s.pos-- }

func (s *scanner) fail() error {
	end := min(s.pos, len(s.raw))
	if end > 0 && s.raw[end-1] == '\n' {
		end--
	}
	return fmt.Errorf("%w: bad line %d", errSyntax, 1+bytes.Count(s.raw[:end], []byte("\n")))
}

func (s *scanner) skipLine() {
	for c := s.next(); c != '\n' && c != eof; c = s.next() {
	}
}

// header reads [section], [section.sub] or [section "sub"] behind its bracket.
func (s *scanner) header(start int) bool {
	var name []byte
	sub, extended := []byte(nil), false
	for {
		c := s.next()
		switch {
		case c == ']' && len(name) == 0:
			return false
		case c == ']':
			s.section, s.url = string(bytes.ToLower(name)), string(sub)
			if !extended { // [credential.https] is another spelling of a lower-case subsection
				before, after, _ := strings.Cut(s.section, ".")
				s.section, s.url = before, after
			}
			s.text.sections = append(s.text.sections, span{start, s.pos})
			return true
		case c == eof || c == '\n' || extended:
			return false
		case isSpace(c):
			for isSpace(c) && c != '\n' {
				c = s.next()
			}
			var ok bool
			if sub, ok = s.subsection(c); !ok {
				return false
			}
			extended = true
		case !isKey(c) && c != '.':
			return false
		default:
			name = append(name, byte(c))
		}
	}
}

// subsection reads a name in quotes from its first quote.
func (s *scanner) subsection(c int) (name []byte, ok bool) {
	if c != '"' {
		return nil, false
	}
	for {
		c := s.next()
		if c == '\\' {
			if c = s.next(); c == '\n' || c == eof {
				return nil, false
			}
		} else if c == '"' {
			return name, true
		}
		if c == '\n' || c == eof {
			return nil, false
		}
		name = append(name, byte(c))
	}
}

// entry reads NAME [= VALUE] from its first letter.
func (s *scanner) entry(start int) bool {
	s.pos = start
	var name []byte
	c := s.next()
	for ; isKey(c); c = s.next() {
		name = append(name, byte(c))
	}
	for c == ' ' || c == '\t' {
		c = s.next()
	}
	value := "true"
	if c != '\n' && c != eof {
		var ok bool
		if c != '=' {
			return false
		}
		if value, ok = s.value(); !ok {
			return false
		}
	}
	e := Entry{Section: s.section, URL: s.url, Name: strings.ToLower(string(name)), Value: value}
	s.text.lines = append(s.text.lines, line{e, span{start, min(s.pos, len(s.raw))}, len(s.text.sections) - 1})
	return true
}

// value reads a value to the end of its line.
func (s *scanner) value() (string, bool) {
	var b, spaces []byte
	quoted, comment := false, false
	for {
		c := s.next()
		switch {
		case c == '\n' || c == eof:
			return string(b), !quoted
		case comment:
		case isSpace(c) && !quoted:
			if len(b) > 0 {
				spaces = append(spaces, byte(c))
			}
		case (c == '#' || c == ';') && !quoted:
			comment = true
		default:
			b = append(b, spaces...)
			spaces = nil
			if c == '"' {
				quoted = !quoted
				continue
			}
			if c != '\\' {
				b = append(b, byte(c))
				continue
			}
			switch c = s.next(); c {
			case '\n', eof:
				if c == eof {
					s.back()
				}
			case 't':
				b = append(b, '\t')
			case 'b':
				b = append(b, '\b')
			case 'n':
				b = append(b, '\n')
			case '\\', '"':
				b = append(b, byte(c))
			default:
				return "", false
			}
		}
	}
}

func isSpace(c int) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r'
}

func isLetter(c int) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isKey(c int) bool { return isLetter(c) || c >= '0' && c <= '9' || c == '-' }
