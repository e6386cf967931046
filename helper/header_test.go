package helper

import (
	"errors"
	"testing"
)

func TestCheckHeader(t *testing.T) {
	for s, ok := range map[string]bool{
		"": true, "ticket 42, ~": true, "a\nX-Evil: 1": false, "a\r": false, "\x00": false, "\x7f": false, "Gr\u00fc\u00dfe": false, "tab\t": false,
	} {
		if err := CheckHeader(s); (err == nil) != ok {
			t.Errorf("%q: %v, want ok %v", s, err, ok)
		}
	}
	for _, s := range []string{"a\nX-Evil: 1", "a\r"} {
		if err := CheckHeader(s); !errors.Is(err, ErrLineBreak) {
			t.Errorf("%q: %v, want %v", s, err, ErrLineBreak)
		}
	}
}

func TestCheckProject(t *testing.T) {
	for s, ok := range map[string]bool{
		"demo-project": true, "example.com:name": true, "123456789012": true, "": false, "a b": false, "a/b": false, "a\n": false, "\u00e4": false,
	} {
		if err := CheckProject(s); (err == nil) != ok {
			t.Errorf("%q: %v, want ok %v", s, err, ok)
		}
	}
}
