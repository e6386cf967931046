package helper

import (
	"errors"
	"strings"
)

// ErrLineBreak is why a text with a line break cannot be the value of a header.
var ErrLineBreak = errors.New("a line break cannot be part of it")

// CheckHeader returns why s cannot be the value of an HTTP header: only printable
// ASCII can, in every server and proxy on the way.
func CheckHeader(s string) error {
	if strings.ContainsAny(s, "\r\n") {
		return ErrLineBreak
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return errors.New("it holds a character that a header cannot")
		}
	}
	return nil
}

// CheckProject returns why s cannot name a project: its id, which may be of a domain
// ("example.com:name"), or its number. Whether there is such a project, the API says.
func CheckProject(s string) error {
	if err := CheckHeader(s); err != nil {
		return err
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c == '-', c == '.', c == ':', c == '_':
		default:
			return errors.New("it is not the id of a project")
		}
	}
	if s == "" {
		return errors.New("it is empty")
	}
	return nil
}
