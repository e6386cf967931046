package toolconfig

import (
	"bytes"
	"slices"
	"strings"
)

// The marks. Every form of file that is edited has comments that begin so.
const (
	// added is above a line that is ours; more of it may follow.
	added = "# added by credential-iam configure"
	// displaced is before a line that had to give way.
	displaced = "# displaced by credential-iam configure: "
)

// text is a file as lines, without their ends. The last one is empty where the file
// ends with a newline; an empty file has none, and one that does not exist has an
// empty one: so that taking our lines out again leaves what was there.
type text []string

func newText(raw []byte) text {
	switch {
	case raw == nil:
		return text{""}
	case len(raw) == 0:
		return text{}
	}
	return strings.Split(string(raw), "\n")
}

// bytes returns the text, nil where there was no file.
func (t text) bytes() []byte {
	if len(t) == 1 && t[0] == "" {
		return nil
	}
	return []byte(strings.Join(t, "\n"))
}

// line returns a line without the end that Windows' lines have besides.
func (t text) line(i int) string { return strings.TrimSuffix(t[i], "\r") }

// end is the place behind the last line.
func (t text) end() int {
	if n := len(t); n > 0 && t[n-1] == "" {
		return n - 1
	}
	return len(t)
}

// add inserts a line of ours with its mark, which ends with more.
func (t text) add(i int, line, more string) text {
	end := ""
	if len(t) > 1 && strings.HasSuffix(t[0], "\r") {
		end = "\r"
	}
	return slices.Insert(slices.Clone(t), i, added+more+end, line+end)
}

// drop takes a line of ours out, with its mark if it has one.
func (t text) drop(i int) text {
	from := i
	if t.marked(i) {
		from--
	}
	return slices.Delete(slices.Clone(t), from, i+1)
}

// displace makes lines comments.
func (t text) displace(from, to int) text {
	t = slices.Clone(t)
	for i := from; i < to; i++ {
		t[i] = displaced + t[i]
	}
	return t
}

// marked reports whether a line is ours by the mark above it.
func (t text) marked(i int) bool { return i > 0 && strings.HasPrefix(t[i-1], added) }

// remove takes lines of ours out that are wanted, marked or not, and puts back what
// gave way to them. A mark above a line that is somebody else's by now is taken out
// alone. Want gets a line as it is or was.
func (t text) remove(mine, want func(t text, i int, line string) bool) text {
	t = slices.Clone(t)
	for i := len(t) - 1; i >= 0; i-- {
		switch line := t.line(i); {
		case strings.HasPrefix(line, displaced):
			if was := strings.TrimPrefix(t[i], displaced); want(t, i, strings.TrimSuffix(was, "\r")) {
				t[i] = was
			}
		case t.marked(i) && isHeader(line):
			switch empty, kept := t.below(i); {
			case empty:
				t = slices.Delete(t, i-1, i+1)
				i--
			case !kept:
				t = slices.Delete(t, i-1, i)
				i--
			}
		case mine(t, i, line) && want(t, i, line):
			t = slices.Delete(t, i, i+1)
			if i > 0 && strings.HasPrefix(t[i-1], added) {
				t = slices.Delete(t, i-1, i)
				i--
			}
		case t.marked(i) && !mine(t, i, line):
			t = slices.Delete(t, i-1, i)
			i--
		}
	}
	return t
}

// isHeader reports whether a line is the header of a section.
func isHeader(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "[") && !strings.HasPrefix(line, "[[")
}

// below reports whether the section of a header has nothing in it, or a line of ours.
func (t text) below(header int) (empty, ours bool) {
	empty = true
	for i := header + 1; i < len(t) && !strings.HasPrefix(strings.TrimSpace(t[i]), "["); i++ {
		ours = ours || strings.HasPrefix(t[i], added) && (i+1 == len(t) || !isHeader(t[i+1]))
		if s := strings.TrimSpace(t[i]); s != "" && !strings.HasPrefix(s, added) {
			empty = false
		}
	}
	return empty, ours && !empty
}

// section returns the header that a line is below, "" for none.
func (t text) section(i int) string {
	for i--; i >= 0; i-- {
		if line := strings.TrimSpace(t[i]); strings.HasPrefix(line, "[") {
			return line
		}
	}
	return ""
}

// redacted returns a text without the values of others: what follows the name of a
// setting, and every line that is none.
func redacted(raw []byte, mine func(t text, i int, line string) bool) []byte {
	if raw == nil {
		return nil
	}
	t := newText(raw)
	for i := range t {
		mark, line := "", t.line(i)
		if was, ok := strings.CutPrefix(line, displaced); ok {
			mark, line = displaced, was
		}
		s := strings.TrimSpace(line)
		if mark == "" && (s == "" || strings.HasPrefix(s, added) || isHeader(s) || mine(t, i, line)) {
			continue
		}
		name := strings.IndexAny(line, "=:")
		t[i] = mark + line[:max(0, name+1)] + "..."
	}
	return bytes.Clone([]byte(strings.Join(t, "\n")))
}
