package session

import (
	"errors"
	"io"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/metadata"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// Plan is what a process must know to serve a session.
type Plan struct {
	// Target is whom the session is: an access token of the account.
	Target  helper.Target
	Account metadata.Account
	// Folder is the path of the session's folder.
	Folder string
	// Host is the Host that requests are for, "" for any, and Path the secret that
	// their paths begin with, "" where the kernel tells who asks.
	Host, Path string
	// Capability is the subject token.
	Capability keystore.Secret
	// Unkept is a token of the target that the keystore has not kept, if there is one.
	Unkept *keystore.Entry
}

// maxPlan bounds what is read; it is less than a pipe holds, so that nobody waits for
// its reader.
const maxPlan = 60 << 10

// Write writes the plan for another process of this program.
func (p *Plan) Write(w io.Writer) error {
	m := p.message()
	b := wire.Append(nil, m.fields()...)
	if len(b) > maxPlan {
		return errors.New("the session is too large to be handed over")
	}
	_, err := w.Write(b)
	return err
}

// ReadPlan reads what Write wrote.
func ReadPlan(r io.Reader) (*Plan, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxPlan+1))
	if err != nil {
		return nil, err
	}
	var m message
	if err := wire.Read(b, m.fields()...); err != nil {
		return nil, err
	}
	return m.plan(), nil
}

// message is a plan in the form of its fields.
type message struct {
	plain           Plan
	capability      string
	secret          string
	issued, expires int64 // microseconds since 1970
	unkept          bool
}

func (m *message) fields() []wire.Field {
	p := &m.plain
	return []wire.Field{
		wire.F("target", p.Target.Fields()),
		wire.F("email", &p.Account.Email), wire.F("project", &p.Account.Project), wire.F("number", &p.Account.Number),
		wire.F("universe", &p.Account.Universe), wire.F("scopes", &p.Account.Scopes),
		wire.F("folder", &p.Folder), wire.F("host", &p.Host), wire.F("path", &p.Path), wire.F("capability", &m.capability),
		wire.F("unkept", &m.unkept), wire.F("secret", &m.secret), wire.F("issued", &m.issued), wire.F("expires", &m.expires),
	}
}

func (p *Plan) message() *message {
	m := &message{plain: *p, capability: p.Capability.Reveal()}
	if e := p.Unkept; e != nil {
		m.unkept, m.secret, m.issued, m.expires = true, e.Secret.Reveal(), e.Issued.UnixMicro(), e.Expires.UnixMicro()
	}
	return m
}

func (m *message) plan() *Plan {
	p := m.plain
	p.Capability = keystore.NewSecret(m.capability)
	if m.unkept {
		p.Unkept = &keystore.Entry{Secret: keystore.NewSecret(m.secret), Issued: time.UnixMicro(m.issued), Expires: time.UnixMicro(m.expires)}
	}
	return &p
}
