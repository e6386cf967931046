package config

import (
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// noAccount is the error of a host that is answered and has no account: the
// source identity's own token is never answered for want of one. Other tools
// rewrite docker's file and drop "plugins", and a helper may read another file
// than the person has written, so it says which file was read, and why that one.
func (s *settings) noAccount() error {
	e := &helper.Error{
		Who: helper.User, Op: "find the service account", Code: "no-account",
		Reason: "none is configured: " + s.c.whatWasRead() + ", and neither the environment nor gcloud's configuration names one",
		Hint:   s.c.prefix() + "credential-iam configure --service-account EMAIL",
	}
	name := s.at.Pattern.Host()
	if name != "" {
		e.Op, e.Object = "find the service account for", name
	}
	if err := NoPath(s.c.env); err != nil {
		e.Hint = helper.AsError(err).Hint // configure would fail likewise
		return e
	}
	if name == "" {
		return e
	}
	switch client := s.at.Client; {
	case client == host.Docker, client == host.Git && (name == "gcr.io" || strings.HasSuffix(name, ".gcr.io") || strings.HasSuffix(name, "-docker.pkg.dev")):
		e.Hint += " --docker " + name
	case client == host.Git:
		e.Hint += " --git " + s.at.Protocol + "://" + name
	case client == host.Bazel:
		e.Hint += " --bazel " + name
	default:
		e.Hint += " --host " + name
	}
	return e
}

// whatWasRead says which file was read, why that one, and what it lacks.
func (c *Config) whatWasRead() string {
	if c.Path == "" {
		return "there is no home folder, and so no file of docker's to read"
	}
	_, why := locate(c.env)
	file := c.Path + " (from " + why + ")"
	switch {
	case c.missing && c.machine != nil:
		return file + " does not exist, and " + c.machine.Path + " names none"
	case c.missing:
		return file + " does not exist"
	case c.bare() && (c.CredsStore == Name || len(c.ServedByDocker()) > 0):
		return file + " names this helper and has no section \"iam\" below plugins, which another program may have dropped"
	}
	if c.machine != nil {
		return file + " names none, nor does " + c.machine.Path
	}
	return file + " names none"
}

// prefix is what a command needs before it to edit the file that was read.
func (c *Config) prefix() string {
	if dir := c.env.Getenv("DOCKER_CONFIG"); dir != "" {
		return "DOCKER_CONFIG=" + helper.ShellWord(dir) + " "
	}
	return ""
}
