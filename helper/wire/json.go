package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// First returns the JSON value that raw begins with. What stands behind it is not
// looked at, as by a json.Decoder. The error is that of Check.
func First(raw []byte) ([]byte, error) {
	if end := scan(raw, skipSpace(raw, 0), 1); end >= 0 {
		return raw[:end], nil
	}
	return raw, Check(raw)
}

// Walk reads the JSON value at an offset of raw as [Members] does, and checks it in the
// same pass: a file of thousands of members is read at every start of an adapter. It
// returns where the value ends, and -1 where it is not valid; then all that was told is
// void, and Check says why. Depth is how deep the value lies in others, from 0.
//
// For each member of an object, and of nothing else, it calls member with where the name
// is as it is written, quotes and escapes and all, raw[from:to], and where the value
// begins. member returns where that ends, or -1: it calls Walk in its turn, one deeper, with nil for a value whose own
// members are not wanted.
func Walk(raw []byte, at, depth int, member func(from, to, at int) (end int)) (end int) {
	at = skipSpace(raw, at)
	if member != nil && at < len(raw) && raw[at] == '{' {
		return scanObject(raw, at+1, depth+1, member)
	}
	return scan(raw, at, depth+1)
}

// Check returns why raw is not one JSON value: line and column, and what
// encoding/json says of it.
func Check(raw []byte) error {
	if end := scan(raw, skipSpace(raw, 0), 1); end >= 0 && skipSpace(raw, end) == len(raw) || json.Valid(raw) {
		return nil
	}
	if bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) {
		return errors.New("line 1, column 1: it starts with a byte order mark, which docker does not read either; save it as UTF-8 without BOM")
	}
	why := func(raw []byte, more ...byte) string {
		return json.Compact(new(bytes.Buffer), slices.Concat(raw, more)).Error()
	}
	// Compact does not say where. That is where it begins not to matter what
	// follows; these two bytes never fit.
	read := sort.Search(len(raw), func(i int) bool { return why(raw[:i], 1) == why(raw[:i], 2) })
	text := why(raw)
	if !strings.HasPrefix(text, "unexpected end") {
		read-- // the last byte read is the wrong one
	}
	return errors.New(Position(raw, read) + ": not valid JSON: " + text)
}

// Position names the byte at an offset for people: "line 2, column 5", both from 1.
func Position(raw []byte, offset int) string {
	before := raw[:max(0, min(offset, len(raw)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return "line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column)
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
	for i = plain(raw, i+1); raw[i] != '"'; i = plain(raw, i) {
		i += 2 // over a backslash and what it escapes
	}
	return i + 1
}
