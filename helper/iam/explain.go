package iam

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// denied reports whether IAM refused a step for want of a grant.
func (f *failure) denied() bool {
	if f.status != 403 || f.source || f.local != nil || f.strange {
		return false
	}
	switch f.reason {
	case "IAM_PERMISSION_DENIED":
		return true
	case "":
		return !f.apiDisabled() && !f.perimeter() && !f.restricted() && !strings.Contains(f.message, "insufficient authentication scopes") &&
			!strings.Contains(f.message, "required permission to use project")
	}
	return false
}

// explain makes a failure of an operation the one line for a person. For a
// denied chain it tests which hop denies.
func (c *Client) explain(ctx context.Context, r *request, err error) error {
	f := asFailure(err, false)
	if lost := r.id.note(ctx, noteLost); f.source && f.oauth != "" && lost != "" {
		f.message += "; " + lost
	}
	last := len(r.way) - 1
	if f.denied() && len(r.way) > 1 {
		if i, ok := c.likelyHop(ctx, r); ok {
			return r.explainAs(f, i)
		}
	}
	if ask, ok := r.id.kind.(emailer); ok && f.denied() && last == 0 && r.id.principal == "" {
		r.id.principal, _ = ask.email(ctx, c)
	}
	return r.explainAs(f, last)
}

// explainAs makes the error; at is the hop that it is about.
func (r *request) explainAs(f *failure, at int) *helper.Error {
	e := &helper.Error{Op: r.op, Object: r.object, Cause: f.typed()}
	switch {
	case f.local != nil:
		local := *f.local
		return &local
	case f.offline && f.cause != nil && errors.Is(f.cause, context.Canceled):
		e.Who, e.Code, e.Reason = helper.User, "cancelled", f.message
	case r.explainNetwork(f, e):
	case f.down():
		r.explainDown(f, e)
	case f.host == "":
		e.Who, e.Code, e.Hint = helper.User, "bad-source", r.id.login
		e.Reason = "the source identity " + r.id.src.String() + " gives no token: " + f.message
	case f.perimeter():
		r.explainPerimeter(f, e, at)
	case f.restricted():
		e.Who, e.Code = helper.Admin, "access-policy"
		e.Reason = "an access policy of the organization keeps " + r.id.who() + " out (" + f.message + ")"
		e.Hint = "gcloud access-context-manager cloud-bindings list --organization=ORGANIZATION_ID"
	case f.apiDisabled():
		r.explainAPIDisabled(f, e)
	case f.quotaProject():
		r.explainQuotaProject(f, e)
	case f.status == 0:
		// A sign-in would not fix this: a proxy or another address is in the way.
		e.Who, e.Code, e.Reason = helper.User, "bad-reply", f.at()
	case f.source:
		r.explainSource(f, e)
	default:
		r.explainAPI(f, e, at)
	}
	return e
}

// at says who said what.
func (f *failure) at() string {
	if f.host == "" {
		return f.message
	}
	return f.host + ": " + f.message
}

// tries says how often it was tried, if more than once.
func (f *failure) tries() string {
	if f.attempts < 2 {
		return ""
	}
	return fmt.Sprintf(" (%d attempts)", f.attempts)
}

// explainDown is about a service that is down.
func (r *request) explainDown(f *failure, e *helper.Error) {
	e.Who, e.Unreachable, e.Code = helper.User, true, "unreachable"
	tries := f.tries()
	switch {
	case f.status == 429:
		e.Code = "rate-limited"
		e.Reason = "too many requests: " + f.at() + tries
		if p := strings.TrimPrefix(strings.TrimPrefix(f.metadata["consumer"], "projects/"), "project_number:"); f.service() != "" {
			e.Who = helper.Admin
			e.Hint = "gcloud alpha services quota list --service=" + f.service() + " --consumer=" + helper.ShellWord("projects/"+cmp.Or(p, r.payer()))
		}
	case f.status != 0:
		e.Code = "unavailable"
		e.Reason = fmt.Sprintf("%s answered %d%s: %s", f.host, f.status, tries, f.message) + r.named(f)
	case f.host == "":
		e.Reason = f.message
	default:
		e.Reason = "cannot reach " + f.host + ": " + f.message + tries + r.named(f)
		e.Hint = r.look(f)
		if f.step == atMetadata {
			r.noMetadata(f, e)
		}
	}
}

// look is what a person can do about a server of the source's that does not answer.
// Doctor asks the API, and knows no source that a flag names.
func (r *request) look(f *failure) string {
	switch f.step {
	case atExchange, atLogin:
		return helper.FetchCommand("-sSI", "https://"+f.host+"/")
	}
	return ""
}

// explainSource is about the no of the server that gives the source's tokens.
func (r *request) explainSource(f *failure, e *helper.Error) {
	e.Who, e.Code, e.Hint = helper.User, "sign-in", r.id.login
	said := f.message
	if f.oauth != "" && said != f.oauth {
		said = f.oauth + ": " + said
	}
	if r.id.signsIn && f.rapt(said) {
		e.Reason = "your organization requires you to sign in again (" + said + ")"
		return
	}
	r.id.kind.refused(f, r.id.src.String(), said, e)
}

// rapt reports whether an organization wants a person to prove again who it is.
func (f *failure) rapt(said string) bool {
	return f.subtype == "invalid_rapt" || f.subtype == "rapt_required" || strings.Contains(said, "invalid_rapt") || strings.Contains(said, "rapt_required")
}
