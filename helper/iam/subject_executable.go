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
	timeout time.Duration
}

func newExecutableSubject(s source.Subject) (subject, error) {
	command, err := s.CommandLine()
	if err != nil {
		return nil, err
	}
	if s.OutputFile != "" && !filepath.IsAbs(s.OutputFile) {
		return nil, errors.New("the output_file of its executable is not an absolute path")
	}
	timeout, err := s.Timeout()
	return executableSubject{s, command, timeout}, err
}

// token has the token from the program, if the person allowed that.
func (s executableSubject) token(ctx context.Context, c *Client, e *external) (string, error) {
	if c.env.Getenv(allowExecutables) != "1" {
		return "", s.failure("running a program for its token is not allowed", helper.SetCommand(allowExecutables, "1"))
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
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
	out, errs, err := run(cmd)
	if ctx.Err() != nil {
		return "", &failure{offline: true, fatal: true, message: "the program of the credential_source did not end in time (timeout_millis)", cause: ctx.Err()}
	}
	reply, readErr := source.ReadExecutable(out)
	switch {
	case readErr == nil && reply.Failed != "":
		return "", s.failure("it reports "+clean(reply.Failed, nil), "")
	case err != nil:
		return "", s.failure(saying(helper.OneLine(err.Error(), 200), errs), "")
	case readErr != nil:
		return "", s.failure(saying(readErr.Error(), errs), "")
	}
	token, err := reply.At(c.env.Now())
	if err != nil {
		return "", s.failure(err.Error(), "")
	}
	return token, nil
}

// saying adds to a reason the first line that a program wrote to its stderr.
func saying(reason string, stderr []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(stderr)), "\n")
	if line = clean(line, nil); line == "" {
		return reason
	}
	return reason + " (" + line + ")"
}

func (s executableSubject) failure(reason, hint string) error {
	return &failure{fatal: true, local: &helper.Error{
		Who: helper.User, Op: "run", Object: "the executable " + helper.OneLine(s.command[0], 200) + " of the credential_source",
		Reason: reason, Hint: hint, Code: "bad-source",
	}}
}
