package bench

import (
	"github.com/credential-iam/credential-iam/keystore/keystoretest/dbustest"
)

// startSession starts a Secret Service, once; false and a note where it cannot be
// had.
func (b *bench) startSession() bool {
	if b.session != nil {
		return true
	}
	s, err := dbustest.Start()
	if err == nil {
		b.ends = append(b.ends, func() { _ = s.Close() })
		err = s.StartKeyring(true)
	}
	if err != nil {
		b.note("warm", "keyring", err)
		return false
	}
	b.session = s
	return true
}
