package iam

import (
	"context"
	"errors"
	"net/http"
	"strings"

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

func (s urlSubject) token(ctx context.Context, c *Client, _ *external) (string, error) {
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
		return "", &failure{host: req.URL.Host, fatal: true, message: "its reply is refused: " + err.Error()}
	}
	exchangeOf(ctx).hide(token)
	return token, nil
}
