package source

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// loginMember is a member of our own that a document gets when the server has
// renewed its refresh token: what identified the sign-in at first, and which token
// that is true of. It keeps the identity the same; somebody else's sign-in in the
// same file has another token, of which the member says nothing.
const loginMember = "credential_iam_login"

// login identifies the sign-in of a refresh token that the server may renew.
func (d *Document) login() string {
	now := Digest("refresh token", d.Text("refresh_token"))
	if first, of, ok := strings.Cut(d.Text(loginMember), " "); ok && of == now {
		return first
	}
	return now
}

// Base returns the document that gives tokens: the innermost one.
func (d *Document) Base() *Document {
	for d.Inner != nil {
		d = d.Inner
	}
	return d
}

// Renewed returns the whole text that the document lies in, with another refresh
// token in the document. It is still the same identity, and nothing else of the
// text changes.
func (d *Document) Renewed(token string) ([]byte, error) {
	old := d.has("refresh_token")
	if old == nil {
		return nil, errors.New("it has no refresh_token")
	}
	root := d
	for root.outer != nil {
		root = root.outer
	}
	member := d.login() + " " + Digest("refresh token", token)
	text := append([]byte(nil), root.raw...)
	value, there := quoted(token), d.has(loginMember)
	if there == nil {
		value = slices.Concat(value, []byte(`, "`+loginMember+`": `), quoted(member))
	}
	// The later one first, so that the place of the other is still right.
	edits := []edit{{root.place(old), len(old), value}}
	if there != nil {
		edits = append(edits, edit{root.place(there), len(there), quoted(member)})
	}
	slices.SortFunc(edits, func(a, b edit) int { return b.at - a.at })
	for _, e := range edits {
		text = slices.Replace(text, e.at, e.at+e.length, e.value...)
	}
	return text, nil
}

// edit replaces a part of a text.
type edit struct {
	at, length int
	value      []byte
}

// place returns where a value of the document, or of one inside it, begins. Every
// value is a part of the one text.
func (d *Document) place(value []byte) int { return cap(d.raw) - cap(value) }

func quoted(s string) []byte {
	b, _ := json.Marshal(s) // a string can always be written
	return b
}
