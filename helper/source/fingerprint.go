package source

import (
	"encoding/hex"
	"strconv"

	"golang.org/x/crypto/blake2s"
)

// Fingerprint returns a digest that distinguishes one source identity from every
// other, from which no secret can be recovered: the document, and the principal
// behind it. What rotates by itself (a subject token) is not in it; what another
// person would have differently is. A document of an unknown type is distinguished
// by all its bytes. It is "" where the principal is not known.
func (d *Document) Fingerprint(p Principal) string {
	if p.Unknown != "" {
		return ""
	}
	return Digest(d.digest(func(u use) bool { return u&decides != 0 }), p.print)
}

// digest returns a digest of the members whose use counts.
func (d *Document) digest(counts func(use) bool) string {
	if ofType(d.Type) == nil {
		return Digest("other", string(spaceless(d.raw)))
	}
	parts := make([]string, 0, 2*(len(ofEvery)+len(ofType(d.Type))))
	for m := range d.all {
		if value := d.has(m.name); value != nil && counts(m.use) {
			if said := d.digestOf(m, value, counts); said != "" {
				parts = append(parts, m.name, said)
			}
		}
	}
	return Digest(parts...)
}

func (d *Document) digestOf(m member, value []byte, counts func(use) bool) string {
	switch m.form {
	case list, words:
		return Digest(d.List(m.name)...)
	case object:
		return string(spaceless(value))
	case inner:
		return d.Inner.digest(counts)
	case login:
		return d.login()
	}
	return d.Text(m.name)
}

// usual is more than what most digests are of. They share a size of memory: to use one
// for the first time costs a process two pages.
const usual = 512

// Digest returns a hash of the parts, which cannot be joined differently.
func Digest(parts ...string) string {
	n := 0
	for _, p := range parts {
		n += len(p) + 8
	}
	// Each part behind its length, so that no two lists of parts read the same.
	// One hash over all: a hash of each part takes a twentieth of a hit.
	all := make([]byte, 0, max(n, usual))
	for _, p := range parts {
		all = append(strconv.AppendInt(all, int64(len(p)), 10), ':')
		all = append(all, p...)
	}
	sum := blake2s.Sum256(all)
	return hex.EncodeToString(sum[:])
}
