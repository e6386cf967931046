package iam

import (
	"context"

	"github.com/credential-iam/credential-iam/helper/source"
)

// fileSubject is a token of the outside identity in a file, which something else
// keeps fresh.
type fileSubject struct{ source.Subject }

func newFileSubject(s source.Subject) (subject, error) { return fileSubject{s}, nil }

func (s fileSubject) token(context.Context, *Client, *external) (string, error) {
	token, err := s.ReadFile()
	if err != nil {
		return "", &failure{fatal: true, message: "subject token file " + s.File + ": " + err.Error()}
	}
	return token, nil
}
