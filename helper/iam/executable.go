package iam

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
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

// runExecutable gets the subject token from the program that the document
// names, if the person allowed that, or from the file where it left one.
func (c *Client) runExecutable(ctx context.Context, d *document) (string, error) {
	e := d.Subject.Executable
	fields := strings.Fields(e.Command)
	if len(fields) == 0 || !filepath.IsAbs(fields[0]) {
		return "", executableFailure("its command is not an absolute path", "")
	}
	if c.env.Getenv(allowExecutables) != "1" {
		return "", executableFailure("running a program for its token is not allowed", "export "+allowExecutables+"=1")
	}
	if e.OutputFile != "" {
		if raw, err := helper.ReadFile(e.OutputFile, maxSubjectToken); err == nil {
			if token, err := c.readExecutable(raw, true); err == nil {
				return token, nil
			}
		}
	}
	if e.TimeoutMillis != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(max(*e.TimeoutMillis, 0))*time.Millisecond)
		defer cancel()
	}
	cmd := c.command(ctx, fields[0], fields[1:]...)
	cmd.Env = append(cmd.Environ(),
		"GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE="+d.Audience,
		"GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE="+d.SubjectTokenType,
		"GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE=0")
	if account, err := impersonated(d.ImpersonationURL); err == nil {
		cmd.Env = append(cmd.Env, "GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL="+account)
	}
	if e.OutputFile != "" {
		cmd.Env = append(cmd.Env, "GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE="+e.OutputFile)
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

// run runs a program whose output is bounded, and which does not outlive its
// context even when a child of it holds the pipes open.
func run(cmd *exec.Cmd) (stdout, stderr []byte, err error) {
	out, errs := &limited{}, &limited{}
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.WaitDelay = 200 * time.Millisecond
	err = cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	return out.Bytes(), errs.Bytes(), err
}

// limited keeps the first bytes of what is written to it.
type limited struct{ bytes.Buffer }

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	if room := maxSubjectToken - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
