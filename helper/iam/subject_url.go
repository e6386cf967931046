package iam

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// urlSubject is a token of the outside identity that a server gives, which is
// near as a rule: a CI system's, Azure's metadata service.
type urlSubject struct{ source.Subject }

func newURLSubject(s source.Subject) (subject, error) {
	if !strings.HasPrefix(s.URL, "http://") && !strings.HasPrefix(s.URL, "https://") {
		return nil, errors.New("the url in its credential_source is not http or https")
	}
	return urlSubject{s}, checkFormat(s)
}

func (s urlSubject) token(ctx context.Context, c *Client, e *external) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return "", errors.New("the url in its credential_source is not a URL")
	}
	for name, value := range s.Headers {
		req.Header.Set(name, value)
	}
	body, err := fetchBody(c.http, req)
	if err != nil {
		return "", err
	}
	token, err := s.Extract(body)
	if err != nil {
		return "", &failure{fatal: true, local: &helper.Error{
			Who: helper.User, Op: "read the subject token from", Object: req.URL.Host, Code: "bad-source", Cause: err,
			Reason: "its reply cannot be used: " + err.Error() + " (the format in the credential_source of " + e.in.String() + ")", Hint: e.edit(),
		}}
	}
	exchangeOf(ctx).hide(token)
	return token, nil
}

// refused is about a server that gives no token: by the request's headers it knows who
// asks, by its URL what is wanted.
func (s urlSubject) refused(f *failure, e *external, to *helper.Error) {
	member := "url"
	if f.status == http.StatusUnauthorized || f.status == http.StatusForbidden {
		member = "headers"
	}
	host, _, _ := strings.Cut(f.host, ":")
	switch {
	case strings.HasSuffix(host, ".githubusercontent.com"):
		to.Reason += "; it gives tokens to a running job that has the permission id-token: write"
		to.Hint = "credential-iam help ci"
	case s.azure() && strings.Contains(f.message, "Identity not found"):
		to.Who, to.Hint = helper.Admin, "az vm identity assign --name VM --resource-group GROUP"
	default:
		to.Reason += "; the " + member + " in its credential_source must be right for that server"
	}
}

// azure reports whether the server is the metadata service of a machine at Azure.
func (s urlSubject) azure() bool { return strings.Contains(s.URL, "/metadata/identity/") }
