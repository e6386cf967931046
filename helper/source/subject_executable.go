package source

import (
	"errors"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// SubjectExecutable is a program that prints the token.
const SubjectExecutable SubjectKind = "executable"

var ofExecutable = subjectKind{
	name: SubjectExecutable,
	is:   func(s Subject) bool { return s.executable != nil && s.executable[0] == '{' },
	principal: func(s Subject, env helper.Env) Principal {
		p := unknown("its executable has no output_file, so it may print another identity each time")
		if s.OutputFile != "" {
			token, err := s.ReadOutput(env.Now())
			if err == nil {
				return principalOf(token)
			}
			p = unknown("the output_file of its executable has no valid token")
		}
		p.Takes, _ = s.Timeout()
		return p
	},
}

// Timeout returns how long the program may run: timeout_millis, 5 to 120 seconds,
// 30 seconds if it is not stated (google.aip.dev/auth/4117).
func (s Subject) Timeout() (time.Duration, error) {
	if s.TimeoutMillis == nil {
		return 30 * time.Second, nil
	}
	if ms := *s.TimeoutMillis; ms < 5000 || ms > 120000 {
		return 0, errors.New("the timeout_millis of its executable is not between 5000 and 120000")
	}
	return time.Duration(*s.TimeoutMillis) * time.Millisecond, nil
}

// CommandLine returns the program and its arguments. Quotes keep blanks in an
// argument, as in Google's libraries; nothing else has a meaning.
func (s Subject) CommandLine() ([]string, error) {
	var args []string
	var arg strings.Builder
	quote, open := rune(0), false
	for _, r := range s.Command {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, open = r, true
		case quote == 0 && unicode.IsSpace(r):
			if open {
				args = append(args, arg.String())
			}
			arg.Reset()
			open = false
		default:
			arg.WriteRune(r)
			open = true
		}
	}
	if quote != 0 {
		return nil, errors.New("the command of its executable has a quote without an end")
	}
	if open {
		args = append(args, arg.String())
	}
	if len(args) == 0 || !filepath.IsAbs(args[0]) {
		return nil, errors.New("the command of its executable does not begin with an absolute path")
	}
	return args, nil
}

// ReadOutput returns the token that the program left in its output_file, if it is
// good now.
func (s Subject) ReadOutput(now time.Time) (string, error) {
	raw, err := helper.ReadFile(s.OutputFile, maxSubjectToken)
	if err != nil {
		return "", err
	}
	r, err := ReadExecutable(raw)
	if err == nil && r.Expires == 0 {
		err = errors.New("it does not say when its token expires")
	}
	if err != nil {
		return "", err
	}
	return r.At(now)
}

// ExecutableReply is what an executable source prints, version 1
// (google.aip.dev/auth/4117).
type ExecutableReply struct {
	// Expires is the end of the token in seconds since 1970, 0 if it is not told.
	Expires int64
	// Failed is the program's own error, "" where it has a token.
	Failed string

	token string
}

// ReadExecutable reads what an executable source printed. The error is a phrase
// about "it" and holds nothing of the text.
func ReadExecutable(raw []byte) (ExecutableReply, error) {
	var r ExecutableReply
	var version int64
	var success []byte
	var kind, id, saml, code, message string
	err := wire.Read(raw,
		wire.F("version", &version), wire.F("success", &success), wire.F("token_type", &kind),
		wire.F("expiration_time", &r.Expires), wire.F("id_token", &id), wire.F("saml_response", &saml),
		wire.F("code", &code), wire.F("message", &message),
	)
	if err != nil || success == nil || success[0] != 't' && success[0] != 'f' {
		return r, errors.New("it printed no reply of the known form")
	}
	if success[0] == 'f' {
		r.Failed = strings.TrimSpace(code + " " + message)
		return r, nil
	}
	if version != 1 {
		return r, errors.New("its reply is not of version 1")
	}
	switch kind {
	case "urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token":
		r.token = id
	case "urn:ietf:params:oauth:token-type:saml2":
		r.token = saml
	}
	if r.token == "" {
		return r, errors.New("its reply holds no token of a known type")
	}
	return r, nil
}

// At returns the token, if it is good at a time.
func (r ExecutableReply) At(now time.Time) (string, error) {
	switch {
	case r.token == "":
		return "", errors.New("it reports a failure")
	case r.Expires != 0 && r.Expires <= now.Unix():
		return "", errors.New("the token that it printed has expired")
	}
	return r.token, nil
}
