package iamtest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Project is the project that accounts without one in their e-mail belong to.
const (
	Project       = "demo-project"
	ProjectNumber = "123456789012"
)

type kind int

const (
	serviceAccount kind = iota
	user
	federated
)

// Account is a principal: a service account, a user or a federated identity.
type Account struct {
	// Email is the e-mail address; of a federated identity the principal:// name.
	Email string
	// UniqueID is the stable number, 21 digits; tokens carry it as sub.
	UniqueID string

	s        *Server
	kind     kind
	disabled bool
	refresh  int    // how often the refresh token was changed
	keys     []*Key // the user-managed ones, oldest first
	system   *Key
}

// ServiceAccount returns the service account, made if it is missing. Only an
// account that was made here exists for the API.
func (s *Server) ServiceAccount(email string) *Account { return s.account(email, serviceAccount) }

// User returns the human user, made if missing.
func (s *Server) User(email string) *Account { return s.account(email, user) }

// WorkloadPrincipal returns the identity that the workload pool maps subject
// to. Its Email is what Grant takes as a member.
func (s *Server) WorkloadPrincipal(subject string) *Account {
	return s.account(workloadName(subject), federated)
}

// WorkforcePrincipal is the same for ExternalUserADC.
func (s *Server) WorkforcePrincipal(subject string) *Account {
	return s.account(workforceName(subject), federated)
}

func (s *Server) account(email string, k kind) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accountLocked(email, k)
}

func (s *Server) accountLocked(email string, k kind) *Account {
	if a := s.accounts[email]; a != nil {
		return a
	}
	sum := sha256.Sum256([]byte(email))
	id := "1" + fmt.Sprintf("%020d", binary.BigEndian.Uint64(sum[:8]))
	a := &Account{Email: email, UniqueID: id, s: s, kind: k}
	s.accounts[email] = a
	return a
}

// find looks an account up by e-mail or unique id, with s.mu held.
func (s *Server) find(name string) *Account {
	if a := s.accounts[name]; a != nil {
		return a
	}
	for _, a := range s.accounts {
		if a.UniqueID == name {
			return a
		}
	}
	return nil
}

// Disable makes the account unusable at once, tokens given out included.
func (a *Account) Disable() { a.setDisabled(true) }

// Enable undoes Disable; tokens that have not expired work again.
func (a *Account) Enable() { a.setDisabled(false) }

func (a *Account) setDisabled(v bool) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.disabled = v
}

// Delete removes the account; its tokens and keys die with it.
func (a *Account) Delete() {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	delete(a.s.accounts, a.Email)
}

// AddKey makes a new user-managed key; KeyADC uses the newest.
func (a *Account) AddKey() *Key {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return a.addKey()
}

func (a *Account) addKey() *Key {
	a.s.nextNumber++
	k := &Key{
		ID:      keyID(string(a.s.CAPEM)+a.Email, "user", strconv.Itoa(a.s.nextNumber)),
		Private: poolKey(firstUserKey + a.s.nextNumber%userKeys),
	}
	a.keys = append(a.keys, k)
	return k
}

// Key is the newest user-managed key, made if there is none.
func (a *Account) Key() *Key {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if len(a.keys) == 0 {
		return a.addKey()
	}
	return a.keys[len(a.keys)-1]
}

// DeleteKey removes a user-managed key; what it signed is refused from now on.
func (a *Account) DeleteKey(id string) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	for i, k := range a.keys {
		if k.ID == id {
			a.keys = append(a.keys[:i:i], a.keys[i+1:]...)
			return
		}
	}
}

// RotateRefreshToken gives a user a new refresh token; the old one is revoked.
func (a *Account) RotateRefreshToken() {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	delete(a.s.refresh, a.refreshToken())
	a.refresh++
}

// refreshToken is stable, so that a source file made twice is the same source,
// and another Server's is another, even where that had the same port before: its
// tokens may still lie in a keyring.
func (a *Account) refreshToken() string {
	sum := sha256.Sum256([]byte(string(a.s.CAPEM) + a.Email + "\x00" + strconv.Itoa(a.refresh)))
	return "1//0" + hex.EncodeToString(sum[:])
}

// project is the project id in a service account's e-mail.
func (a *Account) project() string {
	_, domain, _ := strings.Cut(a.Email, "@")
	if id, ok := strings.CutSuffix(domain, ".iam.gserviceaccount.com"); ok {
		return id
	}
	return Project
}
