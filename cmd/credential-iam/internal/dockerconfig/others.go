package dockerconfig

import (
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// Others returns what the text holds besides the settings that ours accepts, with their
// names from the outside in, and besides objects with nothing in them where such
// settings are: by their names, and those of one name in their order, since docker looks
// at the last one.
func (d *Document) Others(ours func(key []string) bool) []string {
	type setting struct{ name, value string }
	var all []setting
	var walk func(names []string, v hujson.ValueTrimmed)
	walk = func(names []string, v hujson.ValueTrimmed) {
		o, object := v.(*hujson.Object)
		if object && len(o.Members) > 0 {
			for _, m := range o.Members {
				walk(append(names[:len(names):len(names)], spelled(names, nameOf(m))), m.Value.Value)
			}
			return
		}
		if ours(names) || (object || v.Kind() == 'n') && hollow(names) {
			return
		}
		value := hujson.Value{Value: v}.Clone()
		if v.Kind() == '"' {
			value.Value = hujson.String(text(v))
		}
		value.Minimize()
		all = append(all, setting{strings.Join(names, "\x00"), string(value.Pack())})
	}
	walk(nil, d.object)
	slices.SortStableFunc(all, func(a, b setting) int { return strings.Compare(a.name, b.name) })
	list := []string{strings.TrimSpace(string(d.rest))}
	for _, s := range all {
		list = append(list, s.name+"\x00"+s.value)
	}
	return list
}

// spelled returns the name of a member as this package spells it.
func spelled(above []string, name string) string {
	for _, known := range []string{credHelpers, plugins} {
		if len(above) == 0 && strings.EqualFold(name, known) {
			return known
		}
	}
	return name
}

// hollow reports whether nothing at all may stand in the place of an empty object.
func hollow(names []string) bool {
	return len(names) == 0 || len(names) == 1 && names[0] == credHelpers || len(names) < 3 && names[0] == plugins
}
