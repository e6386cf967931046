package host

import "strings"

// repository returns the one path that all spellings of a repository's share, so
// that one repository has one identity: without slashes at its ends and doubled
// ones, percent-escapes read, without ".git" at the end of a segment, without the
// endpoint of git-lfs and what follows it, and at Google's Gerrit hosts without the
// "a/" of the signed-in. Git and git-lfs send each of these for one remote. A path with
// a dot segment is no repository's spelling, see [Pattern.Dotted].
func repository(h Host, path string) string {
	path = readEscapes(path)
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	for i := 1; i+1 < len(segments); i++ {
		if segments[i] == "info" && segments[i+1] == "lfs" {
			segments = segments[:i]
			break
		}
	}
	if len(segments) > 1 && segments[0] == "a" && h.GoogleSource() {
		segments = segments[1:]
	}
	for i, s := range segments {
		if bare := strings.TrimSuffix(s, ".git"); bare != "" {
			segments[i] = bare
		}
	}
	return strings.Join(segments, "/")
}

// dotted reports whether a path has a dot segment, in whatever escape and however often
// a server decodes it, or behind a backslash, which some servers take for a slash.
func dotted(path string) bool {
	if !strings.ContainsAny(path, ".%") {
		return false
	}
	b := make([]byte, 0, len(path))
	for i := range len(path) {
		b = append(b, path[i])
		for n := len(b) - 3; n >= 0 && b[n] == '%' && escape(string(b[n+1:])); n -= 2 {
			b = append(b[:n], byte(hex(b[n+1])<<4|hex(b[n+2])))
		}
	}
	for segment := range strings.FieldsFuncSeq(string(b), func(r rune) bool { return r == '/' || r == '\\' }) {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// readEscapes reads the percent-escapes of a path once, those of a slash too: what a
// server makes of one, it finds no other repository by it. A percent sign that begins
// none is itself. A path with an escape of a byte that a path has not stays as it is: it
// is no other path's spelling.
func readEscapes(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && escape(path[i+1:]) {
			if c = byte(hex(path[i+1])<<4 | hex(path[i+2])); c < ' ' || c == 0x7f {
				return path
			}
			i += 2
		}
		b.WriteByte(c)
	}
	return Decoded(b.String())
}
