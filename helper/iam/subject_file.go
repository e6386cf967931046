package iam

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// fileSubject is a token of the outside identity in a file, which something else
// keeps fresh.
type fileSubject struct{ source.Subject }

func newFileSubject(s source.Subject) (subject, error) {
	if !filepath.IsAbs(s.File) {
		return nil, errors.New("the file in its credential_source is not an absolute path; clients run the helper in any folder")
	}
	return fileSubject{s}, checkFormat(s)
}

// checkFormat checks how a file or a reply holds the subject token.
func checkFormat(s source.Subject) error {
	switch s.Format {
	case "", "text":
		return nil
	case "json":
		if s.Field == "" {
			return errors.New("the format in its credential_source is json without a subject_token_field_name")
		}
		return nil
	}
	return fmt.Errorf("the format in its credential_source is %q and not text or json", helper.OneLine(s.Format, 40))
}

// token reads the file. Where it is not there, or is something else, what keeps it
// fresh did not do so, or the document names another one.
func (s fileSubject) token(_ context.Context, _ *Client, e *external) (string, error) {
	token, err := s.ReadFile()
	if err == nil {
		return token, nil
	}
	return "", &failure{fatal: true, local: &helper.Error{
		Who: helper.User, Op: "read subject token file", Object: helper.OneLine(s.File, 300), Code: "bad-source", Cause: err,
		Reason: err.Error() + " (named by the credential_source of " + e.in.String() + ")", Hint: helper.ListCommand(s.File),
	}}
}
