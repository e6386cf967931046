package iam

import (
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// signIn returns the commands that put a new sign-in where the old one lies. login is
// gcloud's, which writes one file only: application default credentials. A document
// that impersonates gets its accounts again.
func (c *Client) signIn(s helper.Source, own []string, login string) string {
	if len(own) > 0 {
		login += " --impersonate-service-account=" + helper.ShellWord(strings.Join(own, ","))
	}
	file := source.WellKnown(c.env)
	switch {
	case s.Kind == "keyring":
		return login + " && " + source.AddCommand(s.Name, file)
	case s.Kind != "file" || s.Path == file:
		return login
	case s.From == source.Variable:
		return helper.Then(helper.Unset(source.Variable), login)
	case file == "":
		return login
	}
	return helper.Then(login, helper.CopyCommand(file, s.Path))
}

// another is the command that has another document be the source identity, or shows
// the one that is there.
func (c *Client) another(s helper.Source) string {
	switch {
	case s.Kind == "keyring":
		return source.AddCommand(s.Name, "")
	case s.From == source.Variable:
		return helper.Unset(source.Variable)
	case s.Path == source.WellKnown(c.env):
		return source.LoginADC
	}
	return helper.ListCommand(s.Path)
}

// correct is the command for a file whose content cannot be used: a mistake is fixed
// in the file, except where a sign-in rewrites it.
func (c *Client) correct(s helper.Source, err error) string {
	if source.Foreign(err) || s.Path == source.WellKnown(c.env) {
		return c.another(s)
	}
	return helper.EditCommand(s.Path)
}

// loginConfig is how a person of a workforce pool signs in: by a description of the
// pool's provider, which gcloud makes.
func loginConfig(audience string) string {
	provider := strings.TrimPrefix(audience, "//iam.googleapis.com/")
	if provider == audience || !strings.Contains(provider, "/workforcePools/") {
		return source.LoginADC + " --login-config=FILE"
	}
	return "gcloud iam workforce-pools create-login-config " + helper.ShellWord(helper.OneLine(provider, 300)) +
		" --output-file=login.json && " + source.LoginADC + " --login-config=login.json"
}
