package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"sort"
)

// Check returns why raw is not one JSON value, as encoding/json says it, and
// after how many bytes that was plain.
func Check(raw []byte) (read int, err error) {
	if json.Valid(raw) {
		return len(raw), nil
	}
	why := func(raw []byte, more ...byte) string {
		return json.Compact(new(bytes.Buffer), slices.Concat(raw, more)).Error()
	}
	// Compact does not say where. That is where it begins not to matter what
	// follows; these two bytes never fit.
	read = sort.Search(len(raw), func(i int) bool { return why(raw[:i], 1) == why(raw[:i], 2) })
	return read, errors.New(why(raw))
}

// Members calls yield with each name of a JSON object and its value, in the order
// of the text. raw must have passed Check; anything but an object has no members.
// A name that occurs twice is yielded twice: the last one counts.
func Members(raw []byte) func(yield func(name string, value []byte) bool) {
	return func(yield func(string, []byte) bool) {
		i := skipSpace(raw, 0)
		if i == len(raw) || raw[i] != '{' {
			return
		}
		for i = skipSpace(raw, i+1); raw[i] != '}'; i = skipSpace(raw, i) {
			if raw[i] == ',' {
				i = skipSpace(raw, i+1)
			}
			end := skipValue(raw, i)
			name := String(raw[i:end])
			i = skipSpace(raw, skipSpace(raw, end)+1) // over the colon
			end = skipValue(raw, i)
			if !yield(name, raw[i:end]) {
				return
			}
			i = end
		}
	}
}

// elements calls yield with each value of a JSON array. raw must have passed
// Check; anything but an array has no elements.
func elements(raw []byte) func(yield func(value []byte) bool) {
	return func(yield func([]byte) bool) {
		i := skipSpace(raw, 0)
		if i == len(raw) || raw[i] != '[' {
			return
		}
		for i = skipSpace(raw, i+1); raw[i] != ']'; i = skipSpace(raw, i) {
			if raw[i] == ',' {
				i = skipSpace(raw, i+1)
			}
			end := skipValue(raw, i)
			if !yield(raw[i:end]) {
				return
			}
			i = end
		}
	}
}

// Kind returns the first byte of a valid JSON value, which determines its type.
func Kind(raw []byte) byte { return raw[skipSpace(raw, 0)] }

// skipSpace returns where the white space at i ends.
func skipSpace(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\t' || raw[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns where the valid JSON value at i ends.
func skipValue(raw []byte, i int) int {
	for depth := 0; i < len(raw); {
		switch raw[i] {
		case '"':
			i = skipString(raw, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue // inside of something
		default:
			for i < len(raw) && wordByte(raw[i]) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

// wordByte reports whether c belongs to a number, true, false or null.
func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

// skipString returns where the valid JSON string at i ends.
func skipString(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}
