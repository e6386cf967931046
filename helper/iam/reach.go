package iam

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// reachPatience is how long a server may take to say what time it is.
const reachPatience = 6 * time.Second

// Reach asks the API of a target for its time, whatever it thinks of the request, by the
// way that a mint takes. The time is zero where it does not say. The error is that of a
// mint that cannot reach it, with a hint where something on this machine is in the way.
func (c *Client) Reach(ctx context.Context, t helper.Target) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, reachPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, t.Endpoint, nil)
	if err != nil {
		return time.Time{}, badParameter("endpoint", err)
	}
	req.Close = true // the transport is this request's own: nobody would use its connection again
	direct := http.Client{
		Transport:     newTransport(c.env),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := direct.Do(req)
	if err == nil {
		defer func() { _ = res.Body.Close() }()
		date, _ := http.ParseTime(res.Header.Get("Date"))
		return date, nil
	}
	if inner := (*url.Error)(nil); errors.As(err, &inner) { // which quotes the URL
		err = inner.Err
	}
	f := &failure{host: req.URL.Host, step: atAPI, cause: err}
	f.network(err)
	r := &request{op: "reach", object: t.Endpoint, t: t, id: &identity{}}
	return time.Time{}, r.explainAs(f, 0)
}
