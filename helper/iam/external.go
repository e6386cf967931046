package iam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google/externalaccount"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// external is an identity from outside Google, whose token the Security Token
// Service exchanges: workload and workforce identity federation.
type external struct {
	audience, tokenType, tokenURL string
	clientID, workforceProject    string
	clientSecret                  keystore.Secret
	account                       string
	// target is the account that the document impersonates, "" for none.
	target  string
	subject subject
	// principal is who is behind the document as it was read.
	principal source.Principal
	// in is where the document lies.
	in helper.Source
}

// lies implements placed.
func (e *external) lies(p *place, _ *source.Document) { e.in = p.src }

// edit is the command that changes the document.
func (e *external) edit() string {
	switch e.in.Kind {
	case "file":
		return helper.EditCommand(e.in.Path)
	case "keyring":
		return source.AddCommand(e.in.Name, "")
	}
	return sourcesHelp
}

// sourcesHelp tells of every kind of source identity.
const sourcesHelp = "credential-iam help sources"

// subject is where a federation has the token of the outside identity from. Each
// kind has a file of its own.
type subject interface {
	// token returns a token of the outside identity.
	token(ctx context.Context, c *Client, e *external) (string, error)
}

// subjectOf makes the kind of a credential_source, which it checks.
func subjectOf(s source.Subject) (subject, error) {
	kind, err := s.Kind()
	if err != nil {
		return nil, err
	}
	switch kind {
	case source.SubjectFile:
		return newFileSubject(s)
	case source.SubjectURL:
		return newURLSubject(s)
	case source.SubjectExecutable:
		return newExecutableSubject(s)
	case source.SubjectAWS:
		return newAWSSubject(s)
	}
	return nil, errors.New("its credential_source is an X.509 certificate, which is not supported; use a source of type file, url, executable or AWS")
}

func newExternal(d *source.Document, p source.Principal) (*credential, error) {
	s, err := d.Subject()
	if err != nil {
		return nil, err
	}
	from, err := subjectOf(s)
	if err != nil {
		return nil, err
	}
	if err := need(d, "audience", "subject_token_type"); err != nil {
		return nil, err
	}
	e := &external{
		audience: d.Text("audience"), tokenType: d.Text("subject_token_type"), tokenURL: d.Text("token_url"),
		clientID: d.Text("client_id"), clientSecret: d.Secret("client_secret"),
		workforceProject: d.Text("workforce_pool_user_project"), account: signedIn(d), subject: from, principal: p,
	}
	if e.workforceProject != "" && !strings.Contains(e.audience, "/workforcePools/") {
		return nil, errors.New("its workforce_pool_user_project needs the audience of a workforce pool")
	}
	if e.tokenURL == "" {
		e.tokenURL = "https://sts." + d.Universe() + "/v1/token"
	}
	if err := checkURL("token_url", e.tokenURL); err != nil {
		return nil, err
	}
	cred := &credential{kind: e, universe: d.Universe()}
	if d.Text("service_account_impersonation_url") != "" {
		own, err := ownLink(d)
		if err != nil {
			return nil, err
		}
		cred.own, e.target = []link{own}, own.account
	}
	return cred, nil
}

func (e *external) about() about {
	login := provider(e.audience)
	return about{
		name: "external_account", principal: e.account, member: poolMember(e.audience, e.principal.Name),
		login: login, rescope: login, rescoper: helper.User, scoped: true, takes: e.principal.Takes,
	}
}

// token exchanges a token of the outside identity. x/oauth2 speaks to the
// Security Token Service alone: its sources ignore contexts, and its errors quote
// what they read.
func (e *external) token(ctx context.Context, c *Client, scopes []string, _ freshness) (bearer, error) {
	cfg := externalaccount.Config{
		Audience: e.audience, SubjectTokenType: e.tokenType, TokenURL: e.tokenURL,
		ClientID: e.clientID, ClientSecret: e.clientSecret.Reveal(), Scopes: scopes, WorkforcePoolUserProject: e.workforceProject,
		SubjectTokenSupplier: supplier(func(ctx context.Context) (string, error) { return e.subjectToken(ctx, c) }),
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.http)
	src, err := externalaccount.NewTokenSource(ctx, cfg)
	if err != nil {
		return bearer{}, err
	}
	exchangeOf(ctx).at(atExchange)
	tok, err := src.Token()
	if err != nil {
		return bearer{}, err
	}
	return c.bearerOf(tok), nil
}

// subjectToken returns the token by which the principal behind the document is
// known: another look may find another's. Where there is none it gets one.
func (e *external) subjectToken(ctx context.Context, c *Client) (string, error) {
	if !e.principal.Token.Empty() {
		return e.principal.Token.Reveal(), nil
	}
	exchangeOf(ctx).at(atSubject)
	c.toward(ctx, e.tokenURL)
	token, err := e.subject.token(ctx, c, e)
	if err != nil {
		return "", err
	}
	exchangeOf(ctx).at(atExchange)
	if claims, err := parseClaims(token); err == nil {
		e.principal.Name = claims.Subject
	}
	return token, nil
}

// supplier makes a function a supplier of subject tokens.
type supplier func(context.Context) (string, error)

// SubjectToken implements externalaccount.SubjectTokenSupplier.
func (s supplier) SubjectToken(ctx context.Context, _ externalaccount.SupplierOptions) (string, error) {
	return s(ctx)
}

// refuser is a kind of subject token that has a server, whose no it words.
type refuser interface {
	refused(f *failure, e *external, to *helper.Error)
}

func (e *external) refused(f *failure, who, said string, to *helper.Error) {
	if s, ok := e.subject.(refuser); ok && f.step == atSubject {
		to.Who, to.Code, to.Hint = helper.User, "bad-source", e.edit()
		to.Reason = fmt.Sprintf("%s answered %d for the subject token of %s: %s", f.host, f.status, who, said)
		s.refused(f, e, to)
		return
	}
	to.Who, to.Code = helper.Admin, "federation"
	to.Reason = f.host + " does not accept the identity of " + who + " (" + said + ")"
}

// poolMember is how IAM policies name a subject of the pool that an audience
// belongs to.
func poolMember(audience, subject string) string {
	pool, _, _ := strings.Cut(audience, "/providers/")
	pool = strings.TrimPrefix(pool, "//iam.googleapis.com/")
	if subject == "" {
		subject = "SUBJECT"
	}
	return "principal://iam.googleapis.com/" + helper.OneLine(pool, 200) + "/subject/" + helper.OneLine(subject, 200)
}

// partOf returns the part of an audience behind a name: of "projects", the project.
func partOf(audience, name string) string {
	parts := strings.Split(strings.TrimPrefix(audience, "//iam.googleapis.com/"), "/")
	if i := slices.Index(parts, name); i >= 0 && i+1 < len(parts) {
		return helper.OneLine(parts[i+1], 100)
	}
	return ""
}

// provider is the command that shows how the federation of an audience is set up.
func provider(audience string) string {
	flag := map[string]string{}
	for _, name := range []string{"projects", "locations", "workloadIdentityPools", "workforcePools", "providers"} {
		if part := partOf(audience, name); part != "" {
			flag[name] = helper.ShellWord(part)
		}
	}
	switch {
	case flag["workloadIdentityPools"] != "" && flag["providers"] != "":
		return fmt.Sprintf("gcloud iam workload-identity-pools providers describe %s --workload-identity-pool=%s --location=%s --project=%s",
			flag["providers"], flag["workloadIdentityPools"], flag["locations"], flag["projects"])
	case flag["workforcePools"] != "" && flag["providers"] != "":
		return fmt.Sprintf("gcloud iam workforce-pools providers describe %s --workforce-pool=%s --location=%s",
			flag["providers"], flag["workforcePools"], flag["locations"])
	}
	return ""
}
