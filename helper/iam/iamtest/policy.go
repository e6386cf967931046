package iamtest

import (
	"slices"
	"strings"
	"time"
)

// edge says that a member has a permission (or a role) on a service account.
type edge struct{ member, permission, target string }

// policy holds the switches that an administrator has.
type policy struct {
	longLifetimes   map[string]bool
	deniedProjects  map[string]bool
	apiDisabled     bool
	noSelfSigned    bool
	accessLifetime  time.Duration
	sourceLifetime  time.Duration
	disabledTarget  reply
	organization    string
	rotateRefresh   bool
	metadataMinLeft time.Duration
	subject         string
	rapt            string
}

func newPolicy() policy {
	return policy{
		longLifetimes:  map[string]bool{},
		deniedProjects: map[string]bool{},
		organization:   "987654321098",
		// No reply of the live service for this case is known to us.
		disabledTarget:  apiError(400, "FAILED_PRECONDITION", "Service account is disabled."),
		metadataMinLeft: 5 * time.Minute,
	}
}

// The permissions that the API asks for.
const (
	PermAccessToken  = "iam.serviceAccounts.getAccessToken"
	PermIDToken      = "iam.serviceAccounts.getOpenIdToken"
	PermSignBlob     = "iam.serviceAccounts.signBlob"
	PermSignJWT      = "iam.serviceAccounts.signJwt"
	PermDelegate     = "iam.serviceAccounts.implicitDelegation"
	RoleTokenCreator = "roles/iam.serviceAccountTokenCreator"
	RoleIDCreator    = "roles/iam.serviceAccountOpenIdTokenCreator"
	RoleWorkload     = "roles/iam.workloadIdentityUser"
	RoleAccountUser  = "roles/iam.serviceAccountUser"
)

// rolesWith returns the roles that a permission is in.
func rolesWith(permission string) []string {
	switch permission {
	case PermAccessToken:
		return []string{RoleTokenCreator, RoleWorkload}
	case PermIDToken:
		return []string{RoleTokenCreator, RoleWorkload, RoleIDCreator}
	case PermSignBlob, PermSignJWT, PermDelegate:
		return []string{RoleTokenCreator}
	}
	return nil
}

// Grant gives member a role or a single permission on the service account
// target. A member is an e-mail or a principal:// name, with or without the
// "user:" or "serviceAccount:" of an IAM policy. A chain needs each edge:
// implicitDelegation on every delegate, the method's permission on the last hop.
func (s *Server) Grant(member, permission, target string) {
	s.setGrant(member, permission, target, true)
}

// Revoke takes one Grant back.
func (s *Server) Revoke(member, permission, target string) {
	s.setGrant(member, permission, target, false)
}

func (s *Server) setGrant(member, permission, target string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := edge{bare(member), permission, bare(target)}
	if on {
		s.grants[e] = true
		return
	}
	delete(s.grants, e)
}

func bare(member string) string {
	for _, prefix := range []string{"user:", "serviceAccount:"} {
		if m, ok := strings.CutPrefix(member, prefix); ok {
			return m
		}
	}
	return member
}

// allowed tells, with s.mu held, whether member has permission on target.
func (s *Server) allowed(member, permission string, target *Account) bool {
	names := append([]string{permission}, rolesWith(permission)...)
	return slices.ContainsFunc(names, func(name string) bool {
		return s.grants[edge{member, name, target.Email}] || s.grants[edge{member, name, target.UniqueID}]
	})
}

// AllowLongLifetimes puts the account on the org policy that allows access
// tokens of up to 12 hours.
func (s *Server) AllowLongLifetimes(email string) {
	s.set(func(p *policy) { p.longLifetimes[email] = true })
}

// DenyQuotaProject refuses calls that name project in x-goog-user-project.
func (s *Server) DenyQuotaProject(project string) {
	s.set(func(p *policy) { p.deniedProjects[project] = true })
}

// DisableAPI answers as a project does where the API was never enabled.
func (s *Server) DisableAPI() { s.set(func(p *policy) { p.apiDisabled = true }) }

// EnableAPI undoes DisableAPI.
func (s *Server) EnableAPI() { s.set(func(p *policy) { p.apiDisabled = false }) }

// DisableSelfSignedJWT makes the API refuse self-signed JWTs as bearer tokens,
// so that a key holder must exchange them at /token.
func (s *Server) DisableSelfSignedJWT() { s.set(func(p *policy) { p.noSelfSigned = true }) }

// RequireReauth makes /token refuse a person's refresh token without this proof of a new
// sign-in (rapt); "" ends that.
func (s *Server) RequireReauth(rapt string) { s.set(func(p *policy) { p.rapt = rapt }) }

// SetAccessTokenLifetime caps the life of tokens from generateAccessToken,
// whatever was asked for; zero removes the cap.
func (s *Server) SetAccessTokenLifetime(d time.Duration) {
	s.set(func(p *policy) { p.accessLifetime = d })
}

// SetSourceTokenLifetime does the same for the tokens of /token, /v1/token,
// /v1/oauthtoken and the metadata server, which otherwise live an hour.
func (s *Server) SetSourceTokenLifetime(d time.Duration) {
	s.set(func(p *policy) { p.sourceLifetime = d })
}

// RotateRefreshTokens makes /v1/oauthtoken hand out a new refresh token with
// every reply and forget the one it was asked with.
func (s *Server) RotateRefreshTokens() { s.set(func(p *policy) { p.rotateRefresh = true }) }

// SetDisabledTarget sets the error for a target account that is disabled.
func (s *Server) SetDisabledTarget(code int, status, message string) {
	s.set(func(p *policy) { p.disabledTarget = apiError(code, status, message) })
}

func (s *Server) set(change func(*policy)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.policy)
}
