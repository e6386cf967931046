package session

import (
	"context"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// tokens are those of a session's account.
type tokens struct {
	get    func(t helper.Target) (helper.Token, error)
	target helper.Target
}

// Access returns an access token. Scopes that the person has chosen are a limit: what a
// program asks for beyond them it does not get.
func (k tokens) Access(_ context.Context, scopes []string) (helper.Token, error) {
	t := k.target
	if len(scopes) > 0 && !k.limited() {
		if err := config.CheckValue("scopes", strings.Join(scopes, " ")); err != nil {
			return helper.Token{}, asked("scopes", err)
		}
		slices.Sort(scopes)
		t.Scopes = slices.Compact(scopes)
	}
	return k.get(t)
}

// limited reports whether the person has chosen the scopes.
func (k tokens) limited() bool { return !slices.Equal(k.target.Scopes, []string{helper.DefaultScope}) }

// ID returns an ID token, with the account's e-mail.
func (k tokens) ID(_ context.Context, audience string) (helper.Token, error) {
	if err := config.CheckValue("audience", audience); err != nil {
		return helper.Token{}, asked("audience", err)
	}
	t := k.target
	t.Token, t.Scopes, t.Audience, t.IncludeEmail = helper.ID, nil, audience, true
	return k.get(t)
}

// asked is the error of a question that cannot be answered.
func asked(what string, err error) error {
	return &helper.Error{Who: helper.User, Op: "answer a program's question for", Object: what, Reason: err.Error(), Code: "bad-question"}
}
