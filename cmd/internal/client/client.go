// Package client is the protocols by which tools beyond docker and git ask for a
// credential, one file for each. They are the program credential-iam-client, which
// is run under the name that a tool fixes, or by its first argument:
//
//	bazel-credential-iam get          credential-iam-client bazel get
//
// A protocol is three steps: read what the tool calls a host, ask for its
// credential, print it as the tool wants it. What a host is, who answers it, which
// user name and which header it gets are the same for all, and are not here.
//
// What a tool says is hostile: a URL in a lock file or in somebody else's
// configuration picks the host. A host that is not answered gets nothing, without a
// call.
package client

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
)

// Name is the program's own name.
const Name = "credential-iam-client"

// maxMessage bounds what a tool may say.
const maxMessage = 1 << 20

// Program returns the program that a whole command line selects, and the arguments
// of its protocol.
func Program(argv []string) (adapter.Program, []string) {
	if len(argv) == 0 {
		argv = []string{Name}
	}
	name := strings.TrimSuffix(filepath.Base(argv[0]), ".exe")
	if host, ok := strings.CutPrefix(name, "token@"); ok {
		return tokenAt(host), argv[1:]
	}
	if p, ok := find(name); ok && (name != p.Name || name == "keyring") {
		p.Name = name
		return p, argv[1:]
	}
	if len(argv) > 1 {
		if p, ok := find(argv[1]); ok {
			p.Usage = strings.TrimSpace(p.Name + " " + p.Usage)
			p.Name = Name
			return p, argv[2:]
		}
	}
	unknown := func(context.Context, *adapter.Call) error { return adapter.ErrUsage }
	return adapter.Program{Name: Name, Usage: usage(), Answer: unknown}, argv[1:]
}

// protocol is one of the protocols.
type protocol struct {
	// word selects it as the first argument, link as the name of the program, where a
	// tool fixes that name.
	word, link string
	// usage is its command line, "" where no person types one: then there is no --help.
	usage  string
	answer func(context.Context, *adapter.Call) error
}

// protocols are all of them, in the order of the usage.
func protocols() []protocol {
	return []protocol{
		{"bazel", "bazel-credential-iam", "get", bazel},
		{"cargo", "cargo-credential-iam", "--cargo-plugin", cargo},
		{"goauth", "", "[URL]", GoAuth},
		{"header", "", headerUsage, header},
		{"keyring", "keyring", "", keyring},
		{"kube", "", "", kube},
		{"kubelet", "kubelet-credential-iam", "< REQUEST", kubelet},
		{"terraform", "terraform-credentials-iam", "get|store|forget HOST", terraform},
	}
}

// usage is the command line where no protocol is selected.
func usage() string {
	var words []string
	for _, p := range protocols() {
		words = append(words, p.word)
	}
	return strings.Join(words, "|") + " ARGUMENTS"
}

// find returns a protocol by its word or by the name of the program that a tool runs.
func find(name string) (adapter.Program, bool) {
	for _, p := range protocols() {
		if name != "" && (name == p.word || name == p.link) {
			return adapter.Program{Name: p.word, Usage: p.usage, Answer: p.answer}, true
		}
	}
	return adapter.Program{}, false
}

// resolve returns the target of a request. A client that asks for every host that it
// meets gets no target, and a line, where the configuration cannot be read and the
// host is not built in: another program may answer.
func resolve(ctx context.Context, c *adapter.Call, r helper.Request) (helper.Target, error) {
	t, err := c.Tokens().Resolve(ctx, r)
	if errors.Is(err, helper.ErrNoTarget) {
		c.Env.Log.Printf("%q is not configured", r.Host)
		return t, err
	}
	switch r.Client {
	case host.Git, host.Keyring, host.Cargo, host.Terraform:
		if err != nil && c.Tokens().Config.Doubtful(r) {
			c.Note(err)
			return t, helper.ErrNoTarget
		}
	}
	return t, err
}

// ask returns the credential that a client gets for what it calls a host. What is
// not of the form that the client's protocol has is not answered.
func ask(ctx context.Context, c *adapter.Call, who host.Client, form host.Form, text string) (helper.Credential, error) {
	u, err := form.Read(text)
	if err != nil {
		c.Env.Log.Printf("not a host to answer: %v", err)
		return helper.Credential{}, helper.ErrNoTarget
	}
	t, err := resolve(ctx, c, helper.For(who, u))
	if err != nil {
		return helper.Credential{}, err
	}
	tok, err := c.Tokens().Get(ctx, who, t)
	if err != nil {
		return helper.Credential{}, err
	}
	return t.Present(who, tok), nil
}

// until returns when a client that keeps a token is to ask again: a minute before
// its end, or a quarter of what is left where that is less, so that no request
// begins with a token that ends on its way.
func until(c *adapter.Call, expires time.Time) time.Time {
	left := expires.Sub(c.Env.Now())
	return expires.Add(-min(time.Minute, max(0, left/4)))
}
