package source

import (
	"bytes"
	"encoding/json"

	"github.com/credential-iam/credential-iam/keystore"
)

// Compact returns the document with nothing in it that is not needed to sign in,
// spelled as Google's tools spell it. It is the same identity as before: its
// fingerprint has not changed, so that tokens cached for the file are found for
// the copy.
func (d *Document) Compact() keystore.Secret {
	return keystore.NewSecret(string(d.compact(nil)))
}

func (d *Document) compact(b []byte) []byte {
	b = append(b, '{')
	start := len(b)
	for m := range d.all {
		value := d.has(m.name)
		if value == nil || string(value) == `""` {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(b, `"`+m.name+`":`...)
		if d.Inner != nil && m.form == inner {
			b = d.Inner.compact(b)
		} else {
			b = append(b, spaceless(value)...)
		}
	}
	return append(b, '}')
}

// spaceless returns a JSON value without white space; values keep their spelling
// and the order inside them.
func spaceless(raw []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}
