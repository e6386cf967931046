package iam

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

const allowExecutables = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"

// executableReply is what an executable source prints, version 1
// (google.aip.dev/auth/4117).
type executableReply struct {
	Version        int    `json:"version"`
	Success        *bool  `json:"success"`
	TokenType      string `json:"token_type"`
	ExpirationTime int64  `json:"expiration_time"`
	IDToken        string `json:"id_token"`
	SAMLResponse   string `json:"saml_response"`
	Code           string `json:"code"`
	Message        string `json:"message"`
}

// executableSubject is a token of the outside identity that a program prints.
type executableSubject struct {
	source.Subject
	command []string
}

func newExecutableSubject(s source.Subject) (subject, error) {
	return executableSubject{s, strings.Fields(s.Command)}, nil
}

func (executableSubject) name() (name, behind string) { return "", "" }

// token has the token from the program, if the person allowed that, or from the
// file where the program left one.
func (s executableSubject) token(ctx context.Context, c *Client, e *external) (string, error) {
	if len(s.command) == 0 || !filepath.IsAbs(s.command[0]) {
		return "", executableFailure("its command is not an absolute path", "")
	}
	if c.env.Getenv(allowExecutables) != "1" {
		return "", executableFailure("running a program for its token is not allowed", "export "+allowExecutables+"=1")
	}
	if s.OutputFile != "" {
		if raw, err := helper.ReadFile(s.OutputFile, maxOutput); err == nil {
			if token, err := c.readExecutable(raw, true); err == nil {
				return token, nil
			}
		}
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
	token, err := c.readExecutable(out, false)
	if err != nil {
		return "", executableFailure(err.Error(), "")
	}
	return token, nil
}

// readExecutable reads a reply; one in a file must say when it ends.
func (c *Client) readExecutable(raw []byte, file bool) (string, error) {
	var r executableReply
	if json.Unmarshal(raw, &r) != nil || r.Success == nil {
		return "", errors.New("it printed no reply of the known form")
	}
	if !*r.Success {
		return "", errors.New("it reports " + clean(r.Code+" "+r.Message, nil))
	}
	if r.Version != 1 {
		return "", errors.New("its reply is not of version 1")
	}
	if file && r.ExpirationTime == 0 || r.ExpirationTime != 0 && r.ExpirationTime <= c.env.Now().Unix() {
		return "", errors.New("the token that it printed has expired")
	}
	switch r.TokenType {
	case "urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token":
		if r.IDToken != "" {
			return r.IDToken, nil
		}
	case "urn:ietf:params:oauth:token-type:saml2":
		if r.SAMLResponse != "" {
			return r.SAMLResponse, nil
		}
	}
	return "", errors.New("its reply holds no token of a known type")
}

func executableFailure(reason, hint string) error {
	return &failure{fatal: true, local: &helper.Error{
		Who: helper.User, Op: "run", Object: "the executable of the credential_source",
		Reason: reason, Hint: hint, Code: "bad-source",
	}}
}
