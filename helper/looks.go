package helper

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// NotShown is what is said in place of a value that LooksSecret.
const NotShown = "it holds a key or a token itself instead of a name or a path, and is not shown"

// LooksSecret reports whether a value that should be a name or the path of a file
// is the content of one, or a token: the JSON of a key in a variable that wants its
// path is a common mistake, as it is, in base64, compressed, or one line of its key.
// Such a value is never printed or written.
func LooksSecret(s string) bool {
	for _, mark := range []string{"-----BEGIN", "ya29.", "GOCSPX-", "\n", "\r"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	for _, member := range []string{"private_key", "refresh_token", "client_secret"} { // which a file may be called
		if _, rest, ok := strings.Cut(s, member); ok && strings.IndexAny(rest, `"'\:= `) == 0 {
			return true
		}
	}
	if strings.Contains(strings.ReplaceAll(s, " ", ""), `":`) { // JSON
		return true
	}
	for i := range len(s) {
		word := i == 0 || !inToken(s[i-1])
		if tokenLength(s[i:], word) > 0 || word && keyLine(s[i:]) {
			return true
		}
	}
	return false
}

// words begin a token of Google's where they begin a word, and forges one of a git
// server or a registry wherever they stand, if as much follows as of a real one.
var (
	words  = []string{"ya29.", "1//"}
	forges = []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "glptt-", "dckr_pat_", "GOCSPX-"}
)

// derKeys are how the first line of a key begins: a sequence in DER.
var derKeys = []string{"MII", "MIG", "MHc"}

const (
	leastForge   = 16
	leastEncoded = 40
)

// tokenLength returns how much of the beginning of s is a token: an access token, a
// refresh token, a JWT ("eyJ", which is {" in base64), one of another server's, or a
// whole credential in base64; 0 where it is none of them. Within a word a JWT is known
// by its second part.
func tokenLength(s string, word bool) int {
	jwt, forge := strings.HasPrefix(s, "eyJ"), begins(s, forges, leastForge)
	if !word && !jwt && !forge {
		return 0 // at nearly every letter, and before the word is walked
	}
	n := 0
	for n < len(s) && inToken(s[n]) {
		n++
	}
	switch {
	case jwt && (word || strings.Contains(s[:n], ".eyJ")), forge, word && (begins(s, words, 0) || encoded(s[:n])):
		return n
	}
	return 0
}

// begins reports whether s begins with one of the marks and, behind it, with so many
// letters and digits.
func begins(s string, marks []string, least int) bool {
	for _, mark := range marks {
		if !strings.HasPrefix(s, mark[:1]) {
			continue // at nearly every letter, for a fraction of the price
		}
		if rest, ok := strings.CutPrefix(s, mark); ok {
			n := 0
			for n < len(rest) && n < least && (class(rest[n]) != other || rest[n] == '_' || rest[n] == '-') {
				n++
			}
			return n == least
		}
	}
	return false
}

// encoded reports whether a word is, in base64, the JSON of a credential with or
// without white space, a PEM file, or what gzip made of either.
func encoded(word string) bool {
	if len(word) < leastEncoded {
		return false
	}
	var in, out [leastEncoded]byte
	copy(in[:], word)
	for i, c := range in { // base64 for URLs
		switch c {
		case '-':
			in[i] = '+'
		case '_':
			in[i] = '/'
		}
	}
	n, err := base64.StdEncoding.Decode(out[:], in[:])
	if err != nil {
		return false
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(out[:n], []byte("\xef\xbb\xbf")))
	if rest, ok := bytes.CutPrefix(text, []byte("{")); ok {
		rest = bytes.TrimSpace(rest)
		return len(rest) == 0 || rest[0] == '"'
	}
	return bytes.HasPrefix(text, []byte("-----BEGIN")) || bytes.HasPrefix(text, []byte("\x1f\x8b\x08"))
}

// keyLine reports whether s is one line of a key's: base64 to its end, in which letters
// of both cases and digits change as by chance. The names in a path do not.
func keyLine(s string) bool {
	s = strings.TrimRight(s, "=")
	if len(s) < leastEncoded {
		return false
	}
	var of [other + 1]int
	changes := 0
	for i := range len(s) {
		c := class(s[i])
		if c == other && s[i] != '+' && s[i] != '/' {
			return false
		}
		of[c]++
		if i > 0 && c != class(s[i-1]) {
			changes++
		}
	}
	if begins(s, derKeys, 0) {
		return true
	}
	// By chance 26 of 64 are upper, and 41 of 64 unlike the one before.
	return 8*of[lower] > len(s) && 8*of[upper] > len(s) && of[digit] > 0 && 100*changes > 45*len(s)
}

// The classes of the signs of base64.
const (
	lower = iota
	upper
	digit
	other
)

func class(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return lower
	case 'A' <= c && c <= 'Z':
		return upper
	case '0' <= c && c <= '9':
		return digit
	}
	return other
}

// inToken reports whether a byte can be part of a token.
func inToken(c byte) bool { return class(c) != other || strings.IndexByte("._~+/-", c) >= 0 }
