package iam

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

const allowExecutables = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"

// executableSubject is a token of the outside identity that a program prints.
type executableSubject struct {
	source.Subject
	command []string
}

func newExecutableSubject(s source.Subject) (subject, error) {
	return executableSubject{s, strings.Fields(s.Command)}, nil
}

// token has the token from the program, if the person allowed that, or from the
// file where the program left one.
func (s executableSubject) token(ctx context.Context, c *Client, e *external) (string, error) {
	if len(s.command) == 0 || !filepath.IsAbs(s.command[0]) {
		return "", executableFailure("its command is not an absolute path", "")
	}
	if c.env.Getenv(allowExecutables) != "1" {
		return "", executableFailure("running a program for its token is not allowed", "export "+allowExecutables+"=1")
	}
	if s.TimeoutMillis != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(max(*s.TimeoutMillis, 0))*time.Millisecond)
		defer cancel()
	}
	cmd := c.command(ctx, s.command[0], s.command[1:]...)
	cmd.Env = append(cmd.Environ(),
		"GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE="+e.audience,
		"GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE="+e.tokenType,
		"GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE=0")
	if e.target != "" {
		cmd.Env = append(cmd.Env, "GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL="+e.target)
	}
	if s.OutputFile != "" {
		cmd.Env = append(cmd.Env, "GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE="+s.OutputFile)
	}
	out, _, err := run(cmd)
	if ctx.Err() != nil {
		return "", &failure{offline: true, fatal: true, message: "the program of the credential_source did not end in time", cause: ctx.Err()}
	}
	if err != nil {
		return "", executableFailure(helper.OneLine(err.Error(), 200), "")
	}
	r, err := source.ReadExecutable(out)
	if err == nil && r.Failed != "" {
		err = errors.New("it reports " + clean(r.Failed, nil))
	}
	if err != nil {
		return "", executableFailure(err.Error(), "")
	}
	token, err := r.At(c.env.Now())
	if err != nil {
		return "", executableFailure(err.Error(), "")
	}
	return token, nil
}

func executableFailure(reason, hint string) error {
	return &failure{fatal: true, local: &helper.Error{
		Who: helper.User, Op: "run", Object: "the executable of the credential_source",
		Reason: reason, Hint: hint, Code: "bad-source",
	}}
}
