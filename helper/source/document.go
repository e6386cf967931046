package source

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// MaxDocument is the largest credential file that is read, in bytes.
const MaxDocument = 1 << 20

// maxNesting is how deep documents may lie in each other.
const maxNesting = 4

// Document is a credential file, as Google's tools write them: the members that
// its type has. It is read here and judged where a token is had from it, in
// package iam. Its texts may be secrets, so it does not print them.
type Document struct {
	// Type is the member of that name.
	Type string
	// Inner is the document in source_credentials, if the type has one.
	Inner *Document

	raw    []byte
	values map[string][]byte
	outer  *Document
}

// foreign is why a file is something else than a credential file.
type foreign string

// Error implements error.
func (f foreign) Error() string { return string(f) }

// Foreign reports whether an error of [Parse] or [Document.Known] says that the file is
// something else: another one is to be named, and no edit makes this one fit.
func Foreign(err error) bool { return errors.As(err, new(foreign)) }

// errNotCredentials does not quote the document: it may be a secret.
const errNotCredentials foreign = "it is not a credential file (not a JSON object of the usual members)"

// Parse reads a credential document by the rules of encoding/json, as Google's
// libraries do: names without regard to case. A document of a type that is not
// known is read too: it has a type and a fingerprint. A byte order mark and UTF-16
// are read. The error is a phrase about "it" and holds nothing of the content but
// names and places.
func Parse(raw []byte) (*Document, error) {
	raw = decode(raw)
	if wire.Check(raw) != nil {
		return nil, notJSON(raw)
	}
	return parse(raw, nil, 0)
}

func parse(raw []byte, outer *Document, depth int) (*Document, error) {
	if depth > maxNesting {
		return nil, errors.New("its source_credentials are nested too deep")
	}
	if k := wire.Kind(raw); k != '{' && k != 'n' {
		return nil, errNotCredentials
	}
	d := &Document{raw: raw, outer: outer, values: map[string][]byte{}}
	if err := d.read(ofEvery); err != nil {
		return nil, err
	}
	d.Type = d.Text("type")
	if err := d.read(ofType(d.Type)); err != nil {
		return nil, err
	}
	return d, d.parseInner(depth)
}

// all yields the members that a document of its type has.
func (d *Document) all(yield func(member) bool) {
	for _, m := range ofEvery {
		if !yield(m) {
			return
		}
	}
	for _, m := range ofType(d.Type) {
		if !yield(m) {
			return
		}
	}
}

// read reads members. What stands there twice is read otherwise by every library, and
// so by nobody.
func (d *Document) read(members []member) error {
	for name, value := range wire.Members(d.raw) {
		i := slices.IndexFunc(members, func(m member) bool { return strings.EqualFold(m.name, name) })
		if i < 0 {
			continue
		}
		m := members[i]
		if _, twice := d.values[m.name]; twice {
			return fmt.Errorf("it is not a credential file (its %s occurs twice)", m.name)
		}
		if value[0] != 'n' && !m.form.takes(value) {
			return fmt.Errorf("it is not a credential file (its %s is a JSON %s and not %s)", m.name, wire.Type(value[0]), m.form)
		}
		d.values[m.name] = value
	}
	return nil
}

// parseInner reads the document in the document.
func (d *Document) parseInner(depth int) (err error) {
	for m := range d.all {
		if value := d.has(m.name); m.form == inner && value != nil {
			if d.Inner, err = parse(value, d, depth+1); err != nil {
				return fmt.Errorf("its %s: %w", m.name, err)
			}
		}
	}
	return nil
}

// has returns the value of a member, nil where there is none or null.
func (d *Document) has(name string) []byte {
	if value := d.values[name]; value != nil && value[0] != 'n' {
		return value
	}
	return nil
}

// Text returns a member that is a string, "" where there is none.
func (d *Document) Text(name string) string {
	value := d.has(name)
	if value == nil {
		return ""
	}
	return wire.String(value)
}

// Secret is Text of a member that must not be printed.
func (d *Document) Secret(name string) keystore.Secret { return keystore.NewSecret(d.Text(name)) }

// Format implements fmt.Formatter: whatever the verb, no content is printed.
func (d *Document) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "credential document of type "+helper.OneLine(d.Type, 60))
}

// List returns a member that is a list of strings, or one string of words.
func (d *Document) List(name string) []string {
	var list []string
	if value := d.has(name); value != nil && value[0] == '"' {
		return strings.Fields(wire.String(value))
	} else if value != nil {
		_ = wire.Read([]byte(`{"v":`+string(value)+`}`), wire.F("v", &list)) // its form is checked
	}
	return list
}

// Lifetime returns the token_lifetime_seconds of service_account_impersonation; ok
// is false where the document has none.
func (d *Document) Lifetime() (seconds int64, ok bool, err error) {
	value := d.has("service_account_impersonation")
	if value == nil {
		return 0, false, nil
	}
	const none = -1 << 62
	seconds = none
	if wire.Read(value, wire.F("token_lifetime_seconds", &seconds)) != nil {
		return 0, false, errors.New("the token_lifetime_seconds in its service_account_impersonation is not a whole number")
	}
	if seconds == none {
		return 0, false, nil
	}
	return seconds, true, nil
}

// Known returns why a document gives no tokens whatever its members, nil for one of a
// type that does. The unusual types get a sentence each: an OAuth client file makes
// x/oauth2 panic, and the others fail obscurely.
func (d *Document) Known() error {
	switch {
	case ofType(d.Type) != nil:
		return nil
	case d.Type == "gdch_service_account":
		return foreign("it is a key for Google Distributed Cloud (gdch_service_account), which the IAM Credentials API does not accept")
	case d.Type != "":
		return foreign(fmt.Sprintf("its type %q is not one of %s", helper.OneLine(d.Type, 60), strings.Join(Types(), ", ")))
	case d.Client():
		return foreign("it is an OAuth client file, which identifies a program and not an account")
	}
	return errors.New("it has no type, so it is not a credential file")
}

// Client reports whether the document is an OAuth client's, which has no type.
func (d *Document) Client() bool {
	for name := range wire.Members(d.raw) {
		if name == "installed" || name == "web" {
			return true
		}
	}
	return false
}

// Universe returns the universe that the document belongs to: its own, else that
// of the document around it.
func (d *Document) Universe() string {
	for ; d != nil; d = d.outer {
		if u := d.Text("universe_domain"); u != "" {
			return u
		}
	}
	return helper.DefaultUniverse
}

// sourceIn returns s, whose document this is, with who is behind it and whom it
// impersonates.
func (d *Document) sourceIn(env helper.Env, s helper.Source) helper.Source {
	p := d.Principal(env)
	s.Fingerprint, s.Unshared = d.Fingerprint(p), p.Unknown
	s.Account, s.Takes = d.Account(), p.Takes
	return s
}
