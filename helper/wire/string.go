package wire

import (
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// String returns the text of a valid JSON string.
func String(raw []byte) string {
	raw = raw[1 : len(raw)-1]
	for _, c := range raw {
		if c == '\\' || c >= utf8.RuneSelf {
			return unescape(raw)
		}
	}
	return string(raw)
}

// unescape returns the text within a string's quotes. Half a surrogate pair and
// invalid UTF-8 become U+FFFD, as with encoding/json.
func unescape(raw []byte) string {
	text := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		if raw[0] != '\\' {
			r, n := utf8.DecodeRune(raw)
			text, raw = utf8.AppendRune(text, r), raw[n:]
			continue
		}
		c := raw[1]
		if c == 'u' {
			r := escapedRune(raw)
			raw = raw[6:]
			if utf16.IsSurrogate(r) {
				if r = utf16.DecodeRune(r, escapedRune(raw)); r != unicode.ReplacementChar {
					raw = raw[6:]
				}
			}
			text = utf8.AppendRune(text, r)
			continue
		}
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		}
		text, raw = append(text, c), raw[2:]
	}
	return string(text)
}

// escapedRune returns the value of the \uXXXX at the start of raw, -1 if there
// is none.
func escapedRune(raw []byte) rune {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 32)
	if err != nil {
		return -1
	}
	return rune(n)
}

// appendString appends s as a JSON string. Invalid UTF-8 is left to the reader,
// which takes it for U+FFFD.
func appendString(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
