package wire

import "encoding/binary"

// maxDepth is how deep encoding/json reads.
const maxDepth = 10000

// scan returns where the JSON value at i ends, or -1 if there is no valid one. It
// takes what encoding/json takes (FuzzScan), at several times its speed: docker's
// file may have thousands of sections, and is read at every start.
func scan(raw []byte, i, depth int) int {
	if i >= len(raw) || depth > maxDepth {
		return -1
	}
	switch raw[i] {
	case '{':
		return scanObject(raw, i+1, depth, nil)
	case '[':
		return scanArray(raw, i+1, depth)
	case '"':
		return scanString(raw, i+1)
	case 't':
		return scanWord(raw, i, "true")
	case 'f':
		return scanWord(raw, i, "false")
	case 'n':
		return scanWord(raw, i, "null")
	}
	return scanNumber(raw, i)
}

// scanObject returns the end of an object whose brace lies before i. Where member is
// not nil, it reads the values, see [Walk].
func scanObject(raw []byte, i, depth int, member func(from, to, at int) (end int)) int {
	i = skipSpace(raw, i)
	if i < len(raw) && raw[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(raw) || raw[i] != '"' {
			return -1
		}
		name := i
		if i = scanString(raw, i+1); i < 0 {
			return -1
		}
		end := i
		if i = skipSpace(raw, i); i >= len(raw) || raw[i] != ':' {
			return -1
		}
		switch i = skipSpace(raw, i+1); {
		case member == nil:
			i = scan(raw, i, depth+1)
		case i < len(raw):
			i = member(name, end, i)
		default:
			return -1
		}
		if i < 0 {
			return -1
		}
		if i = skipSpace(raw, i); i >= len(raw) {
			return -1
		}
		switch raw[i] {
		case '}':
			return i + 1
		case ',':
			i = skipSpace(raw, i+1)
		default:
			return -1
		}
	}
}

// scanArray returns the end of an array whose bracket lies before i.
func scanArray(raw []byte, i, depth int) int {
	i = skipSpace(raw, i)
	if i < len(raw) && raw[i] == ']' {
		return i + 1
	}
	for {
		if i = scan(raw, i, depth+1); i < 0 {
			return -1
		}
		if i = skipSpace(raw, i); i >= len(raw) {
			return -1
		}
		switch raw[i] {
		case ']':
			return i + 1
		case ',':
			i = skipSpace(raw, i+1)
		default:
			return -1
		}
	}
}

// scanString returns the end of a string whose quote lies before i.
func scanString(raw []byte, i int) int {
	for {
		if i = plain(raw, i); i >= len(raw) {
			return -1
		}
		switch raw[i] {
		case '"':
			return i + 1
		case '\\':
			if i = scanEscape(raw, i+1); i < 0 {
				return -1
			}
		default: // a control byte
			return -1
		}
	}
}

// plain returns the first byte from i on that means something in a string: a
// quote, a backslash or a control byte. It looks at eight bytes at once.
func plain(raw []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(raw); i += 8 {
		x := binary.LittleEndian.Uint64(raw[i:])
		quote, backslash := x^(ones*'"'), x^(ones*'\\')
		// The high bit of a byte that is zero, or below a space.
		if ((quote-ones)&^quote|(backslash-ones)&^backslash|(x-ones*' ')&^x)&highs != 0 {
			break
		}
	}
	for i < len(raw) && raw[i] != '"' && raw[i] != '\\' && raw[i] >= ' ' {
		i++
	}
	return i
}

// scanEscape returns the end of an escape whose backslash lies before i.
func scanEscape(raw []byte, i int) int {
	if i >= len(raw) {
		return -1
	}
	switch raw[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if i+5 > len(raw) {
			return -1
		}
		for _, c := range raw[i+1 : i+5] {
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return -1
			}
		}
		return i + 5
	}
	return -1
}

// scanWord returns the end of a word that begins at i.
func scanWord(raw []byte, i int, word string) int {
	if end := i + len(word); end <= len(raw) && string(raw[i:end]) == word {
		return end
	}
	return -1
}

// scanNumber returns the end of a number that begins at i.
func scanNumber(raw []byte, i int) int {
	if i < len(raw) && raw[i] == '-' {
		i++
	}
	digits := func() bool {
		start := i
		for i < len(raw) && raw[i] >= '0' && raw[i] <= '9' {
			i++
		}
		return i > start
	}
	if i < len(raw) && raw[i] == '0' {
		i++
	} else if !digits() {
		return -1
	}
	if i < len(raw) && raw[i] == '.' {
		if i++; !digits() {
			return -1
		}
	}
	if i < len(raw) && (raw[i] == 'e' || raw[i] == 'E') {
		if i++; i < len(raw) && (raw[i] == '+' || raw[i] == '-') {
			i++
		}
		if !digits() {
			return -1
		}
	}
	return i
}
