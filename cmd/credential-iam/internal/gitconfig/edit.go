package gitconfig

import (
	"bytes"
	"slices"
	"strings"
)

// Entries returns the entries of the text, in order.
func (t *Text) Entries() []Entry {
	all := make([]Entry, len(t.lines))
	for i, l := range t.lines {
		all[i] = l.Entry
	}
	return all
}

// Bytes returns the text.
func (t *Text) Bytes() []byte { return t.raw }

// Edit removes the entries of the given places in the order of Entries, and appends
// others: a section for each run of entries of one. Nothing else is changed but that a
// last line without an end gets one. A section that has lost its last entry goes with
// it, unless something else stands in it.
func (t *Text) Edit(drop []int, add []Entry) []byte {
	out := t.without(drop)
	if len(add) == 0 {
		return out
	}
	end := "\n"
	if bytes.Contains(t.raw, []byte("\r\n")) {
		end = "\r\n"
	}
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, end...)
	}
	if continues(out) {
		out = append(out, end...)
	}
	var section string
	for _, e := range add {
		header := "[" + e.Section + " " + quoted(e.URL) + "]"
		if e.URL == "" {
			header = "[" + e.Section + "]"
		}
		if header != section {
			section = header
			out = append(out, header+end...)
		}
		_, name, _ := cutLast(e.Key(), ".")
		out = append(out, strings.TrimRight("\t"+name+" = "+quotedValue(e.Value), " ")+end...)
	}
	return out
}

// continues reports whether a text ends with a value that goes on in the next line.
func continues(text []byte) bool {
	probe, err := Parse(append(slices.Clip(text), "[x]\n"...))
	return err != nil || len(probe.sections) == 0 || probe.sections[len(probe.sections)-1].end != len(text)+len("[x]")
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// quotedValue writes a value as git does: in quotes where it needs them.
func quotedValue(s string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\b", `\b`).Replace(s)
	if strings.ContainsAny(s, "#;\r") || strings.TrimSpace(s) != s {
		return `"` + escaped + `"`
	}
	return escaped
}

// without returns the text without the entries.
func (t *Text) without(drop []int) []byte {
	var cuts []span
	left := make([]int, len(t.sections))
	for i, l := range t.lines {
		if !slices.Contains(drop, i) {
			left[l.section]++
		}
	}
	emptied := map[int]bool{}
	for _, i := range drop {
		l := t.lines[i]
		cuts = append(cuts, t.whole(l.span))
		emptied[l.section] = left[l.section] == 0
	}
	for i, h := range t.sections {
		if emptied[i] && t.blank(i, drop) {
			cuts = append(cuts, t.whole(h))
		}
	}
	slices.SortFunc(cuts, func(a, b span) int { return a.start - b.start })
	var out []byte
	at := 0
	for _, c := range cuts {
		if c.start > at {
			out = append(out, t.raw[at:c.start]...)
		}
		at = max(at, c.end)
	}
	return append(out, t.raw[at:]...)
}

// whole widens a span to its lines where nothing else stands on them.
func (t *Text) whole(s span) span {
	start := s.start
	for start > 0 && (t.raw[start-1] == ' ' || t.raw[start-1] == '\t') {
		start--
	}
	if start > 0 && t.raw[start-1] != '\n' { // behind a header
		if s.end > s.start && t.raw[s.end-1] == '\n' { // whose line keeps its end
			s.end--
			if t.raw[s.end-1] == '\r' {
				s.end--
			}
		}
		return s
	}
	end := s.end
	for end < len(t.raw) && t.raw[end-1] != '\n' && (t.raw[end] == ' ' || t.raw[end] == '\t' || t.raw[end] == '\r') {
		end++
	}
	if end < len(t.raw) && t.raw[end-1] != '\n' && t.raw[end] == '\n' {
		end++
	}
	return span{start, end}
}

// blank reports whether nothing stands in a section besides the entries.
func (t *Text) blank(section int, drop []int) bool {
	at, end := t.sections[section].end, len(t.raw)
	if section+1 < len(t.sections) {
		end = t.sections[section+1].start
	}
	for _, i := range drop {
		if l := t.lines[i]; l.section == section {
			if len(bytes.TrimSpace(t.raw[at:l.start])) > 0 {
				return false
			}
			at = l.end
		}
	}
	return len(bytes.TrimSpace(t.raw[at:end])) == 0
}
