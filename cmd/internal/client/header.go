package client

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// headerUsage is the command line of header.
const headerUsage = "URL [--as header|json|netrc|curl|npmrc]"

// headerForm is the form of a URL that a person or a configuration names.
func headerForm() host.Form {
	return host.Form{Schemes: []string{"https", "http"}, Bare: true, Query: true, Escapes: true}
}

// header prints one credential for tools that take a header, or a file of their own
// form, from a command: curl, npm, clients of MCP.
func header(ctx context.Context, c *adapter.Call) error {
	text, as, ok := headerArgs(c.Args)
	if !ok {
		return adapter.ErrUsage
	}
	who := host.Header
	if as == "netrc" { // a file of passwords
		who = host.Keyring
	}
	u, cred, err := askHeader(ctx, c, who, text)
	if err != nil {
		return err
	}
	secret := cred.Secret.Reveal()
	if !stands(as, cred) {
		return &helper.Error{
			Who: helper.PluginAuthor, Op: "write --as " + as + " for", Object: u.Host.String(), Code: "form",
			Reason: "its user name or secret has a sign that means something else in that form",
			Hint:   "credential-iam-client header " + helper.ShellWord(secured(u)) + " --as header",
		}
	}
	switch as {
	case "header":
		c.Say("Authorization: " + cred.Header() + "\n")
	case "json":
		value := cred.Header()
		c.SayJSON(wire.F("Authorization", &value))
	case "curl":
		c.Say("header = \"Authorization: " + cred.Header() + "\"\n")
	case "netrc":
		c.Say("machine " + u.Host.Name() + " login " + cred.Username + " password " + secret + "\n")
	case "npmrc":
		c.Say("//" + strings.TrimSuffix(u.Host.String()+"/"+u.Path, "/") + "/:_authToken=" + secret + "\n")
	}
	return nil
}

// stands reports whether a credential can be part of a form as it is: what an issuer
// plugin answers is any text without control bytes, and must not make another entry of a
// file, for another host.
func stands(as string, c helper.Credential) bool {
	switch secret := c.Secret.Reveal(); as {
	case "curl": // within quotes
		return !strings.ContainsAny(c.Header(), `"\`)
	case "netrc": // words; to go any blank of Unicode's ends one
		return !strings.ContainsAny(c.Username+secret, "\"'\\#") && !strings.ContainsFunc(c.Username+secret, unicode.IsSpace)
	case "npmrc": // a value, in which npm reads ${NAME} and begins a comment
		return !strings.ContainsAny(secret, "\"'\\#;$") && !strings.ContainsFunc(secret, unicode.IsSpace)
	}
	return true
}

// headerArgs reads URL and --as, in either order.
func headerArgs(args []string) (url, as string, ok bool) {
	as = "header"
	for i := 0; i < len(args); i++ {
		value, isAs := strings.CutPrefix(args[i], "--as=")
		switch {
		case isAs:
			as = value
		case args[i] == "--as" && i+1 < len(args):
			i++
			as = args[i]
		case strings.HasPrefix(args[i], "-") || url != "":
			return "", "", false
		default:
			url = args[i]
		}
	}
	switch as {
	case "header", "json", "netrc", "curl", "npmrc":
		return url, as, url != ""
	}
	return "", "", false
}

// tokenAt is the program of a link token@HOST: pnpm up to 10 runs a program without
// arguments and says nowhere which registry it is for. It takes a header's value.
func tokenAt(name string) adapter.Program {
	return adapter.Program{Name: "token@" + name, Usage: "(no arguments)", Answer: func(ctx context.Context, c *adapter.Call) error {
		if len(c.Args) != 0 {
			return adapter.ErrUsage
		}
		if name == "" {
			return noURL("the name of this link", "there is no host behind token@", "ln -s credential-iam-client token@HOST")
		}
		_, cred, err := askHeader(ctx, c, host.Header, name)
		if err == nil {
			c.Say("Bearer " + cred.Secret.Reveal() + "\n") // npm's registries take a token alone
		}
		return err
	}}
}

// askHeader asks for what was named on purpose: a host that is not answered is an
// error.
func askHeader(ctx context.Context, c *adapter.Call, who host.Client, text string) (host.URL, helper.Credential, error) {
	u, err := headerForm().Read(text)
	if err != nil {
		return u, helper.Credential{}, noURL("the URL", err.Error(), "credential-iam-client header https://HOST/PATH")
	}
	if plain(u) {
		return u, helper.Credential{}, plainHTTP("a tool", u, "credential-iam-client header "+helper.ShellWord(secured(u)))
	}
	cred, err := ask(ctx, c, who, headerForm(), text)
	if errors.Is(err, helper.ErrNoTarget) {
		hint := "credential-iam configure --host " + helper.ShellWord(u.Host.String()) + " --token " + string(helper.ProposedKind(u.Host))
		err = notAnswered(c, "a tool", u.Host, hint, func(meant string) string {
			return "credential-iam-client header " + helper.ShellWord(u.Protocol+"://"+meant+"/"+u.Path)
		})
	}
	return u, cred, err
}
