package keychaintest

import "strings"

// Split splits a line of the interactive mode as security does: a quote begins a word
// only where a word can begin, the closing one ends it, and a backslash stands before
// any character, also between quotes of either kind.
func Split(line string) []string {
	var words []string
	var word strings.Builder
	var quote byte
	in, escaped := false, false
	end := func() {
		words = append(words, word.String())
		word.Reset()
		in, quote = false, 0
	}
	for i := range len(line) {
		c := line[i]
		space := strings.IndexByte(" \t\n\v\f\r", c) >= 0
		switch {
		case escaped:
			word.WriteByte(c)
			escaped = false
		case !in && space:
		case !in && (c == '"' || c == '\''):
			in, quote = true, c
		case c == '\\':
			in, escaped = true, true
		case in && quote == 0 && space, in && quote != 0 && c == quote:
			end()
		default:
			in = true
			word.WriteByte(c)
		}
	}
	if in {
		end()
	}
	return words
}
