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

// dotted reports whether a path has a dot segment, in whatever escape, or behind a
// backslash, which some servers take for a slash.
func dotted(path string) bool {
	if !strings.ContainsAny(path, ".%") {
		return false
	}
	path = strings.ReplaceAll(path, `\`, "/")
	if strings.Contains(path, "%") {
		path = strings.ToLower(path)
		for strings.Contains(path, "%25") { // a server that decodes more than once
			path = strings.ReplaceAll(path, "%25", "%")
		}
		for _, e := range [][2]string{{"%2e", "."}, {"%2f", "/"}, {"%5c", "/"}} {
			path = strings.ReplaceAll(path, e[0], e[1])
		}
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// readEscapes reads the percent-escapes of a path, those of a slash too: what a server
// makes of one, it finds no other repository by it. A path with a broken one, or one of a
// byte that a path has not, stays as it is: it is no other path's spelling.
func readEscapes(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' {
			b.WriteByte(path[i])
			continue
		}
		if i+2 >= len(path) {
			return path
		}
		high, low := hex(path[i+1]), hex(path[i+2])
		c := byte(high<<4 | low)
		if high < 0 || low < 0 || c < ' ' || c == 0x7f || c == '%' {
			return path
		}
		b.WriteByte(c)
		i += 2
	}
	return b.String()
}
