package helper

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// This file says what holds in every world of the model, at every step.

func (m *model) fail(format string, args ...any) {
	m.t.Helper()
	m.tell("WRONG: "+format, args...)
	m.t.Errorf(format, args...)
}

// check looks at the keystore.
func (m *model) check() {
	if m.same {
		return
	}
	m.same = true
	for _, t := range m.targets {
		e, err := m.memory.Get(context.Background(), t.key)
		if err != nil {
			continue
		}
		r, account := m.record(e.Secret)
		if account != t.ServiceAccount || r.print != t.Source.Fingerprint {
			m.fail("the entry of %s/%s holds a token of %s/%s", t.ServiceAccount, t.Source.Fingerprint, account, r.print)
		}
		// No clock makes a token live longer, but for what is not measured.
		if m.memory.Uptime != nil && time.Until(r.dies)+6*time.Second < e.Expires.Sub(m.wall()) {
			m.fail("%q is said to live %v and lives %v", e.Secret.Reveal(), e.Expires.Sub(m.wall()), time.Until(r.dies))
		}
		if r.by.looking && !(m.fair && r.by.dead && !r.by.slow) {
			continue // who has just put it looks at the marks once more
		}
		for _, f := range m.forgets {
			if f.ended && (f.key == "" || f.key == t.key) && r.began < f.began && !m.noLocks {
				m.fail("%q was begun in step %d, and is back after %v forgot it from step %d on", e.Secret.Reveal(), r.began, f.by, f.began)
			}
		}
	}
}

// answered checks what a client is told.
func (m *model) answered(p *proc, client host.Client, tok Token, err error) {
	m.tell("%v gets %q, %v", p, tok.Secret.Reveal(), err)
	// A wait of 21 seconds, and a mint of 20.
	if took := time.Since(p.at); m.fair && !p.slow && took > 45*time.Second {
		m.fail("%v took %v", p, took)
	} else if m.full && took > 5*time.Second {
		m.fail("%v took %v: it has waited for more than one that nobody keeps a token for", p, took)
	}
	if err != nil {
		if !p.failed && !m.verdictSince(p) {
			m.fail("%v is told another's failure: %v", p, err)
		}
		return
	}
	r, account := m.record(tok.Secret)
	if account != p.target.ServiceAccount || r.by != p && r.print != p.target.Source.Fingerprint {
		m.fail("%v gets a token of %s/%s", p, account, r.print)
	}
	if !m.fair || p.slow || r.by == p {
		return // who is stopped for long with a token in its hand cannot help it
	}
	left, least := time.Until(r.dies), min(minLeft, m.life/4)
	if client == host.Git {
		least = m.life / 3
	}
	switch {
	case left < -6*time.Second:
		m.fail("%v gets a token that is dead since %v", p, -left)
	case left < least-6*time.Second && !p.unreachable && !p.timedOut:
		m.fail("%v gets a token with %v left, without need", p, left)
	}
}

// verdictSince reports whether the API has refused the identity since p began.
func (m *model) verdictSince(p *proc) bool {
	for _, r := range m.mints {
		if r.verdict && r.by.target.key == p.target.key && (r.running || !r.ended.Before(p.at)) {
			return true
		}
	}
	return false
}

// minting checks that a mint is needed, and that it is the only one.
func (m *model) minting(p *proc) {
	if !m.calm || m.full || p.timedOut {
		return
	}
	for _, r := range m.mints {
		if r.running && !r.by.timedOut && r.by.target.key == p.target.key {
			m.fail("%v and %v mint at the same time", r.by, p)
		}
	}
	if e, err := m.memory.Get(context.Background(), p.target.key); err == nil && m.fair {
		if left := e.Expires.Sub(m.wall()); p.what == "get" && left >= m.life/3 || p.what == "renew" && left >= m.life*3/4 {
			m.fail("%v mints although %q has %v left", p, e.Secret.Reveal(), left)
		}
	}
}

// renewal checks how often a renewal is begun.
func (m *model) renewal(p *proc) {
	t := p.target
	if p.slow {
		return
	}
	if last, ok := m.renewed[t.key]; ok && m.fair && !m.tampered && !m.noLocks {
		if since := time.Since(last); since < min(renewEvery, m.life/8) {
			m.fail("a renewal begins %v after the last one", since)
		}
	}
	m.renewed[t.key] = time.Now()
}

// forgetRecord is a purge or an erase: what was begun before it does not come back
// when it has ended.
type forgetRecord struct {
	by    *proc
	key   keystore.Key // "" is everything
	began int
	ended bool
	young bool // what it is to forget is less than a minute old
}

// forgetting notes that a process begins to forget.
func (m *model) forgetting(p *proc, key keystore.Key) *forgetRecord {
	f := &forgetRecord{by: p, key: key, began: m.count}
	if e, err := m.memory.Get(context.Background(), key); err == nil {
		f.young = m.wall().Sub(e.Issued) < time.Minute
	}
	m.forgets = append(m.forgets, f)
	return f
}

// forgotten notes that it has ended. With a refused token in its hand it may have
// found another one, or not have believed it: then it has marked nothing.
func (m *model) forgotten(f *forgetRecord, refused bool) {
	if f.ended = !refused || f.by.marked; !f.ended {
		return
	}
	m.tell("%v has forgotten", f.by)
	m.same = false
	if refused && f.young && m.fair && !f.by.slow && !m.tampered && !m.noLocks {
		if last, ok := m.refused[f.key]; ok && time.Since(last) < refuseEvery {
			m.fail("%v gives up a young token %v after the last one", f.by, time.Since(last))
		}
		m.refused[f.key] = time.Now()
	}
}
