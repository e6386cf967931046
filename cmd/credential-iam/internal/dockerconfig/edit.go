package dockerconfig

import (
	"encoding/json"
	"strings"

	"github.com/tailscale/hujson"
)

// SetHelper makes suffix the credential helper of a registry.
func (d *Document) SetHelper(host, suffix string) {
	if old, ok := d.meaning.CredHelpers[host]; ok && old == suffix {
		return
	}
	container, indent := d.container(credHelpers)
	d.set(container, indent, d.members(credHelpers), host, suffix)
	d.decode()
}

// RemoveHelper removes the entry of a registry where it is suffix. An entry of
// another helper that it hid is visible again.
func (d *Document) RemoveHelper(host, suffix string) {
	d.prune(credHelpers, func(o *hujson.Object) bool {
		return remove(o, func(m hujson.ObjectMember) bool { return nameOf(m) == host && text(m.Value.Value) == suffix })
	})
}

// SetKey gives a key of a section a value, making the section if need be.
func (d *Document) SetKey(section, key, value string) {
	if old, ok := d.meaning.Plugins[section][key]; ok && old == value {
		return
	}
	container, indent := d.container(plugins)
	l := d.layout.within(container)
	o, indentOfSection := d.last(d.members(plugins), section)
	if o == nil {
		o = &hujson.Object{}
		if m := lastMember(d.members(plugins), section); m != nil { // null
			m.Value.Value = o
			indentOfSection, _ = lineIndent(m.Name.BeforeExtra)
		} else {
			indentOfSection = l.add(container, indent, section, o)
		}
	}
	d.setIn(l, o, indentOfSection, []*hujson.Object{o}, key, value)
	d.decode()
}

// RemoveKeys removes the keys of a section that drop accepts, and the section
// if nothing is left of it.
func (d *Document) RemoveKeys(section string, drop func(key string) bool) {
	d.prune(plugins, func(o *hujson.Object) bool {
		return remove(o, func(m hujson.ObjectMember) bool {
			inner, ok := m.Value.Value.(*hujson.Object)
			if !ok || nameOf(m) != section {
				return false
			}
			removed := remove(inner, func(k hujson.ObjectMember) bool { return drop(nameOf(k)) })
			return removed && bare(inner)
		})
	})
}

// set gives a name in a container a string value.
func (d *Document) set(o *hujson.Object, indent string, all []*hujson.Object, name, value string) {
	d.setIn(d.layout, o, indent, all, name, value)
}

// setIn replaces the value of the last member of that name in any of the
// objects, which is the one that counts, or adds one to o.
func (d *Document) setIn(l layout, o *hujson.Object, indent string, all []*hujson.Object, name, value string) {
	if m := lastMember(all, name); m != nil {
		m.Value.Value = hujson.String(value)
		return
	}
	l.add(o, indent, name, hujson.String(value))
}

// container returns the object that members of a top-level name go to, with the
// indentation of its line; it is made if there is none. Of several the last one
// is used. A null empties what is before it: it becomes the object, unless that
// would bring back what it hides.
func (d *Document) container(name string) (*hujson.Object, string) {
	var last *hujson.ObjectMember
	hidden := false
	for i := range d.object.Members {
		if m := &d.object.Members[i]; strings.EqualFold(nameOf(*m), name) {
			hidden = hidden || last != nil
			last = m
		}
	}
	if last != nil {
		indent, _ := lineIndent(last.Name.BeforeExtra)
		if o, ok := last.Value.Value.(*hujson.Object); ok {
			return o, indent
		}
		if !hidden {
			o := &hujson.Object{}
			last.Value.Value = o
			return o, indent
		}
	}
	o := &hujson.Object{}
	return o, d.layout.add(d.object, "", name, o)
}

// members returns the objects of a top-level name that count, in order.
func (d *Document) members(name string) []*hujson.Object {
	var all []*hujson.Object
	for _, m := range d.object.Members {
		if !strings.EqualFold(nameOf(m), name) {
			continue
		}
		if o, ok := m.Value.Value.(*hujson.Object); ok {
			all = append(all, o)
		} else {
			all = nil
		}
	}
	return all
}

// last returns the object of the last member of a name, with the indentation of
// its line, or nil.
func (d *Document) last(all []*hujson.Object, name string) (*hujson.Object, string) {
	m := lastMember(all, name)
	if m == nil {
		return nil, ""
	}
	o, ok := m.Value.Value.(*hujson.Object)
	if !ok {
		return nil, ""
	}
	indent, _ := lineIndent(m.Name.BeforeExtra)
	return o, indent
}

// lastMember returns the last member of a name in any of the objects.
func lastMember(all []*hujson.Object, name string) *hujson.ObjectMember {
	var found *hujson.ObjectMember
	for _, o := range all {
		for i := range o.Members {
			if nameOf(o.Members[i]) == name {
				found = &o.Members[i]
			}
		}
	}
	return found
}

// prune edits every object of a top-level name, and removes those that the edit
// emptied.
func (d *Document) prune(name string, edit func(o *hujson.Object) bool) {
	remove(d.object, func(m hujson.ObjectMember) bool {
		o, ok := m.Value.Value.(*hujson.Object)
		if !ok || !strings.EqualFold(nameOf(m), name) {
			return false
		}
		return edit(o) && bare(o)
	})
	d.decode()
}

// bare reports whether there is nothing in an object. White space was there
// before the edit, and so was the object.
func bare(o *hujson.Object) bool { return len(o.Members) == 0 && len(o.AfterExtra) == 0 }

// decode reads the meaning of the edited text.
func (d *Document) decode() {
	d.meaning = meaning{}
	_ = json.Unmarshal(d.root.Pack(), &d.meaning) // edits put strings only where strings go
}

func nameOf(m hujson.ObjectMember) string { return text(m.Name.Value) }

// text returns the value of a JSON string.
func text(v hujson.ValueTrimmed) string {
	if l, ok := v.(hujson.Literal); ok && l.Kind() == '"' {
		return l.String()
	}
	return ""
}
