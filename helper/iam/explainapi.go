package iam

import (
	"errors"
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// explainAPI is about the API's no, hop by hop of the way.
func (r *request) explainAPI(f *failure, e *helper.Error, at int) {
	at = max(0, at)
	account := r.object
	if at < len(r.way) {
		account = r.way[at]
	}
	switch {
	case f.strange && (f.status == 401 || f.status == 403 || f.status == 404 && !strings.Contains(f.message, "Gaia id not found")):
		r.explainStrange(f, e)
	case f.status == 403:
		r.explainDenied(f, e, account, at)
	case f.status == 401:
		r.explainUnauthenticated(f, e)
	case f.status == 404 && strings.Contains(f.message, "Gaia id not found"), f.status == 404 && f.code == "NOT_FOUND":
		e.Who, e.Code, e.Cause = helper.User, "not-found", errors.Join(errNoAccount, e.Cause)
		e.Hint = "gcloud iam service-accounts list" + inProject(account)
		e.Reason = "the service account does not exist (" + f.message + ")"
		if !strings.Contains(account, "gserviceaccount.com") && strings.Contains(account, "@") {
			e.Reason = "it is not a service account; only service accounts can be impersonated (" + f.message + ")"
		}
	case strings.Contains(f.message, "allowServiceAccountCredentialLifetimeExtension") && !r.sign && r.t.Token == helper.Access:
		e.Who, e.Code = helper.Admin, "lifetime"
		e.Reason = fmt.Sprintf("a lifetime of %s is not allowed for it (%s)", r.t.Lifetime, f.message)
		e.Hint = "gcloud resource-manager org-policies allow iam.allowServiceAccountCredentialLifetimeExtension " +
			helper.ShellWord(account) + inProject(account)
	case strings.Contains(strings.ToLower(f.message), "disabled"):
		r.explainDisabled(f, e, account)
	case f.status == 400:
		e.Who, e.Code = helper.User, "bad-parameter"
		e.Reason = "the request is refused (" + f.message + ")" + r.asked()
	case f.status == 404:
		r.explainStrange(f, e)
	default:
		e.Who, e.Code = helper.Admin, "refused"
		e.Reason = fmt.Sprintf("%s answered %d (%s)", f.host, f.status, f.message)
	}
}

// asked says what was asked for, where the API says only that it was wrong.
func (r *request) asked() string {
	if r.sign {
		return ""
	}
	switch r.t.Token {
	case helper.ID:
		return "; asked for: audience " + helper.OneLine(r.t.Audience, 120)
	case helper.Access:
		return "; asked for: lifetime " + r.t.Lifetime.String() + ", scopes " + helper.OneLine(strings.Join(r.t.Scopes, " "), 200)
	}
	return ""
}

func (r *request) explainDisabled(f *failure, e *helper.Error, account string) {
	e.Who, e.Code = helper.Admin, "disabled"
	e.Reason = "the service account " + account + " is disabled (" + f.message + ")"
	e.Hint = "gcloud iam service-accounts enable " + helper.ShellWord(account)
}

// explainDenied is about a 403.
func (r *request) explainDenied(f *failure, e *helper.Error, account string, at int) {
	e.Who = helper.Admin
	switch {
	case f.reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT", strings.Contains(f.message, "insufficient authentication scopes"):
		e.Who, e.Code, e.Hint = r.id.rescoper, "source-scopes", r.id.rescope
		e.Reason = "the token of " + r.id.src.String() + " lacks the scope cloud-platform"
	case strings.Contains(strings.ToLower(f.message), "is disabled") && f.reason == "":
		r.explainDisabled(f, e, account)
	case f.denied():
		from, member := r.id.who(), r.id.memberOf()
		if at > 0 {
			from, member = r.way[at-1], accountMember(r.way[at-1])
		}
		role := r.role
		if at < len(r.way)-1 {
			role = tokenCreator
		}
		e.Code = "permission-denied"
		e.Reason = from + " may not impersonate " + account
		if permission := f.metadata["permission"]; permission != "" && word(strings.ReplaceAll(permission, ".", "_")) != "" {
			e.Reason += ": it lacks " + permission + ", or the account does not exist"
		} else {
			e.Reason += " (" + f.message + ")"
		}
		e.Hint = grantCommand(account, member, role)
	default:
		e.Code = "refused"
		e.Reason = "refused (" + strings.TrimSpace(f.reason+" "+f.message) + ")"
	}
}

// explainUnauthenticated is about a 401 that a new source token did not fix.
func (r *request) explainUnauthenticated(f *failure, e *helper.Error) {
	e.Who, e.Code, e.Hint = helper.User, "sign-in", r.id.login
	switch f.reason {
	case "ACCOUNT_STATE_INVALID":
		account := r.id.principal
		if email := f.metadata["email"]; helper.CheckServiceAccount(email) == nil {
			account = email
		}
		e.Who, e.Code = helper.Admin, "disabled"
		if strings.HasSuffix(account, ".gserviceaccount.com") {
			e.Hint = "gcloud iam service-accounts enable " + helper.ShellWord(account)
		}
		if account == "" {
			account = r.id.who()
		}
		e.Reason = account + " is disabled or deleted"
	case "ACCESS_TOKEN_TYPE_UNSUPPORTED":
		e.Reason = "the API does not accept the kind of token that " + r.id.src.String() + " gives"
	default:
		e.Reason = "the API does not accept the token of " + r.id.src.String() + " (" + strings.TrimSpace(f.reason+" "+f.message) + ")"
	}
}
