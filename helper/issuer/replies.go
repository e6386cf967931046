package issuer

import (
	"errors"
	"io"
	"net/http"
)

// maxWebReply is the most that is read of a reply of a plugin's own services; the
// largest honest one is a token of a few KiB.
const maxWebReply = 1 << 20

var errTooLong = errors.New("the server's reply is too long")

// HTTPClient is what the clouds' SDKs send their requests by.
type HTTPClient interface {
	Do(req *http.Request) (*http.Response, error)
}

// BoundReplies returns a client that ends a reply of more than a megabyte with an
// error. The SDKs read a reply to its end, and one that has none would fill the
// memory until the plugin's time is over.
func BoundReplies(c HTTPClient) HTTPClient { return boundReplies{c} }

type boundReplies struct{ HTTPClient }

// Do implements HTTPClient.
func (b boundReplies) Do(req *http.Request) (*http.Response, error) {
	res, err := b.HTTPClient.Do(req)
	if err != nil {
		return nil, err
	}
	res.Body = &boundBody{res.Body, maxWebReply}
	return res, nil
}

type boundBody struct {
	io.ReadCloser
	left int
}

// Read implements io.Reader.
func (b *boundBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return n, errTooLong
	}
	return n, err
}
