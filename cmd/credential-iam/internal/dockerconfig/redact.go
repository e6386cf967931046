package dockerconfig

import (
	"bytes"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/tailscale/hujson"
)

// Redacted returns the text for people to look at: every string that is not a
// helper's name, a value of a section that own accepts or a setting of docker's that
// is no secret reads REDACTED. The file holds passwords, headers and proxies, and a
// section of another program may hold anything.
func (d *Document) Redacted(own func(section string) bool) []byte {
	root := d.root.Clone()
	object := root.Value.(*hujson.Object)
	for i := range object.Members {
		m := &object.Members[i]
		name := nameOf(*m)
		switch {
		case strings.EqualFold(name, credHelpers), strings.EqualFold(name, "credsStore"):
		case harmless(name) && !helper.LooksSecret(m.Value.String()):
		case strings.EqualFold(name, plugins):
			if sections, ok := m.Value.Value.(*hujson.Object); ok {
				for j := range sections.Members {
					if !own(nameOf(sections.Members[j])) {
						redact(&sections.Members[j].Value)
					}
				}
			}
		default:
			redact(&m.Value)
		}
	}
	rest := d.rest
	if len(bytes.TrimSpace(rest)) > 0 {
		rest = []byte("\nREDACTED\n")
	}
	return append(root.Pack(), rest...)
}

// harmless reports whether a setting of docker's is no secret: how it prints, which
// engine it talks to.
func harmless(name string) bool {
	return strings.HasSuffix(name, "Format") || slices.Contains([]string{"currentContext", "detachKeys", "experimental", "stackOrchestrator", "cliPluginsExtraDirs"}, name)
}

// redact hides every string value except the empty one, and every number.
func redact(v *hujson.Value) {
	switch x := v.Value.(type) {
	case hujson.Literal:
		if k := x.Kind(); k == '"' && len(x) > 2 || k == '0' {
			v.Value = hujson.String("REDACTED")
		}
	case *hujson.Object:
		for i := range x.Members {
			redact(&x.Members[i].Value)
		}
	case *hujson.Array:
		for i := range x.Elements {
			redact(&x.Elements[i])
		}
	}
}
