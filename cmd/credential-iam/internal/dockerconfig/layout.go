package dockerconfig

import (
	"bytes"
	"strings"

	"github.com/tailscale/hujson"
)

// layout is how a text is indented. Members are indented like those beside them;
// the layout is for those that have none.
type layout struct {
	// newline ends a line; empty means that everything is on one line.
	newline string
	// unit is one step of indentation.
	unit string
	// colon follows a colon.
	colon string
}

// findLayout looks at the line ends. A text of one line without a newline at its
// end was written by a program, and stays on its line; a new file gets docker's
// own layout.
func findLayout(raw []byte) layout {
	l := layout{newline: "\n", unit: "\t", colon: " "}
	switch {
	case bytes.Contains(raw, []byte("\r\n")):
		l.newline = "\r\n"
	case len(bytes.TrimSpace(raw)) > 0 && !bytes.ContainsRune(raw, '\n'):
		l.newline, l.colon = "", ""
	}
	return l
}

// learn takes the indentation from the members of the top level.
func (l *layout) learn(root *hujson.Object) {
	if len(root.Members) == 0 {
		return
	}
	m := root.Members[0]
	if colon := string(m.Value.BeforeExtra); !strings.Contains(colon, "\n") {
		l.colon = colon
	}
	indent, lines := lineIndent(m.Name.BeforeExtra)
	if !lines {
		l.newline = ""
		return
	}
	if indent != "" {
		l.unit = indent
	}
}

// lineIndent returns the white space behind the last line end of an extra, and
// whether there is a line end.
func lineIndent(extra hujson.Extra) (indent string, lines bool) {
	i := bytes.LastIndexByte(extra, '\n')
	return string(extra[i+1:]), i >= 0
}

// add appends a member to an object whose own line is indented by indent, and
// returns the indentation of the new member's line.
func (l layout) add(o *hujson.Object, indent, name string, value hujson.ValueTrimmed) string {
	m := hujson.ObjectMember{
		Name:  hujson.Value{Value: hujson.String(name)},
		Value: hujson.Value{BeforeExtra: hujson.Extra(l.colon), Value: value},
	}
	own := indent
	switch n := len(o.Members); {
	case n > 0:
		own = l.like(o.Members, &m, indent)
	case l.newline != "":
		own = indent + l.unit
		m.Name.BeforeExtra = hujson.Extra(l.newline + own)
		// What stood between the braces stays behind the member, see vacate.
		o.AfterExtra = hujson.Extra(string(o.AfterExtra) + l.newline + indent)
	}
	o.Members = append(o.Members, m)
	return own
}

// like gives m the white space of the members beside it.
func (l layout) like(members []hujson.ObjectMember, m *hujson.ObjectMember, indent string) string {
	last := members[len(members)-1]
	m.Name.AfterExtra = last.Name.AfterExtra
	if colon := last.Value.BeforeExtra; !bytes.ContainsRune(colon, '\n') {
		m.Value.BeforeExtra = colon
	}
	own, lines := lineIndent(last.Name.BeforeExtra)
	switch {
	case lines:
		end := "\n"
		if bytes.Contains(last.Name.BeforeExtra, []byte("\r\n")) {
			end = "\r\n"
		}
		m.Name.BeforeExtra = hujson.Extra(end + own)
		return own
	case len(members) > 1:
		m.Name.BeforeExtra = last.Name.BeforeExtra
	case len(m.Value.BeforeExtra) > 0:
		m.Name.BeforeExtra = hujson.Extra(" ")
	}
	return indent
}

// within returns the layout for what is in a member of o: where o is on one line,
// everything below it is.
func (l layout) within(o *hujson.Object) layout {
	if len(o.Members) > 0 {
		if _, lines := lineIndent(o.Members[0].Name.BeforeExtra); !lines {
			l.newline = ""
			l.colon = string(o.Members[0].Value.BeforeExtra)
			if strings.Contains(l.colon, "\n") {
				l.colon = " "
			}
		}
	}
	return l
}

// remove deletes the members that drop accepts, and reports whether there were
// any.
func remove(o *hujson.Object, drop func(m hujson.ObjectMember) bool) bool {
	removed := false
	var first hujson.Extra
	for i := 0; i < len(o.Members); {
		if !drop(o.Members[i]) {
			i++
			continue
		}
		first = o.Members[i].Name.BeforeExtra
		if i == 0 && len(o.Members) > 1 {
			o.Members[1].Name.BeforeExtra = first
		}
		o.Members = append(o.Members[:i], o.Members[i+1:]...)
		removed = true
	}
	if !removed {
		return false
	}
	if n := len(o.Members); n == 0 {
		vacate(o, first)
	} else {
		// White space here would be written with a comma behind it.
		o.Members[n-1].Value.AfterExtra = nil
	}
	return true
}

// vacate gives an object that has lost its last member the white space that it had
// before its first one came, which first stood before: add left it in its place and
// ended the line behind it. White space on both sides of a member on one line is a
// person's, and goes with the member.
func vacate(o *hujson.Object, first hujson.Extra) {
	end := bytes.LastIndexByte(o.AfterExtra, '\n')
	switch {
	case end >= 0:
		o.AfterExtra = bytes.TrimSuffix(o.AfterExtra[:end], []byte("\r"))
	case len(first) > 0:
		o.AfterExtra = nil
	}
}
