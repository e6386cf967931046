package dockerconfig

import (
	"fmt"
	"strings"

	"github.com/tailscale/hujson"

	"github.com/credential-iam/credential-iam/helper"
)

// deepest returns the innermost value around a byte, with the names that lead to
// it.
func deepest(v hujson.Value, at int) (found hujson.Value, names []string) {
	around := func(v hujson.Value) bool { return v.StartOffset < at && at <= v.EndOffset }
	switch x := v.Value.(type) {
	case *hujson.Object:
		for _, m := range x.Members {
			if around(m.Value) {
				found, names = deepest(m.Value, at)
				return found, append([]string{nameOf(m)}, names...)
			}
		}
	case *hujson.Array:
		for _, e := range x.Elements {
			if around(e) {
				return deepest(e, at)
			}
		}
	}
	return v, nil
}

// place names a value as package helper does: plugins["iam"]: lifetime.
func place(names []string) string {
	var b strings.Builder
	for i, name := range names {
		switch name = helper.OneLine(name, 120); i {
		case 0:
			b.WriteString(name)
		case 1:
			fmt.Fprintf(&b, "[%q]", name)
		default:
			b.WriteString(": " + name)
		}
	}
	return b.String()
}
