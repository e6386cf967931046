package main

import (
	"bytes"
	"strings"

	"github.com/docker/docker-credential-helpers/client"
	"github.com/docker/docker-credential-helpers/credentials"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// fallback is the helper that keeps the credentials of other hosts where
// credsStore is "iam". It speaks the same protocol, and its answers are passed on
// unchanged.
type fallback struct {
	program string
	start   client.ProgramFunc
}

// fallback returns the configured fallback, nil when there is none, or where
// docker runs this helper for named registries only.
func (a *docker) fallback() (*fallback, error) {
	suffix, err := a.Tokens().Config.Fallback()
	if err != nil || suffix == "" {
		return nil, err
	}
	program := "docker-credential-" + suffix
	path, err := adapter.LookPath(program)
	if err != nil {
		return nil, a.badFallback(suffix, "there is no "+program+" on the PATH")
	}
	if adapter.Itself(path) {
		return nil, a.badFallback(suffix, program+" is this helper itself")
	}
	name, value, err := a.PassOn()
	if err != nil { // the fallback is a wrapper around this helper
		return nil, a.badFallback(suffix, program+" runs this helper again")
	}
	return &fallback{program, client.NewShellProgramFuncWithEnv(path, &map[string]string{name: value})}, nil
}

// foreign answers a host that is not configured.
func (a *docker) foreign(serverURL string) (username, secret string, err error) {
	f, err := a.fallback()
	if err != nil {
		return "", "", err
	}
	if f == nil {
		return "", "", credentials.NewErrCredentialsNotFound()
	}
	a.Env.Log.Printf("%s: not configured, running %s", serverURL, f.program)
	return f.get(serverURL)
}

// badFallback is the error of a fallback that cannot be used.
func (a *docker) badFallback(suffix, why string) error {
	return &helper.Error{
		Who: helper.User, Op: "use the fallback", Object: suffix, Code: "config",
		Reason: why + " (plugins.iam.fallback in " + a.Tokens().Config.Path + ")",
	}
}

// run runs one action. A failure quotes what the helper printed, as docker would,
// unless that may be or hold a credential; its "not found" stays exactly that.
func (f *fallback) run(action string, in []byte) ([]byte, error) {
	p := f.start(action)
	p.Input(bytes.NewReader(in))
	out, err := p.Output()
	if err == nil {
		return out, nil
	}
	text := strings.TrimSpace(string(out))
	if credentials.IsErrCredentialsNotFoundMessage(text) {
		return nil, credentials.NewErrCredentialsNotFound()
	}
	reason := action + " failed: " + err.Error()
	if action != credentials.ActionStore && !strings.Contains(text, "{") {
		// What it prints while it handles a credential may hold the secret.
		reason += ": " + helper.OneLine(text, 500)
	}
	return nil, &helper.Error{
		Who: helper.User, Op: "ask the fallback", Object: f.program, Cause: err,
		Reason: reason,
		Hint:   f.program + " list",
	}
}

func (f *fallback) get(serverURL string) (username, secret string, err error) {
	out, err := f.run(credentials.ActionGet, []byte(serverURL))
	if err != nil {
		return "", "", err
	}
	c, err := parseCredentials(out)
	if err != nil {
		return "", "", f.garbled(credentials.ActionGet)
	}
	return c.Username, c.Secret, nil
}

func (f *fallback) store(raw []byte) error {
	_, err := f.run(credentials.ActionStore, raw)
	return err
}

func (f *fallback) erase(serverURL string) error {
	_, err := f.run(credentials.ActionErase, []byte(serverURL))
	return err
}

func (f *fallback) list() (map[string]string, error) {
	out, err := f.run(credentials.ActionList, []byte("unused"))
	if err != nil {
		return nil, err
	}
	all, err := wire.Strings(out)
	if err != nil {
		return nil, f.garbled(credentials.ActionList)
	}
	return all, nil
}

// garbled is the error of an answer that is no JSON. The answer itself may hold
// a secret and is not shown.
func (f *fallback) garbled(action string) error {
	return &helper.Error{
		Who: helper.User, Op: "ask the fallback", Object: f.program,
		Reason: "what it answered to " + action + " is not docker's JSON", Hint: f.program + " list",
	}
}
