package doctor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// debug tells each step of what failed, where nothing better is known.
const debug = "CREDENTIAL_IAM_LOG=debug credential-iam doctor"

// failed turns an error into a finding. A hint to run doctor fixes nothing here.
func (x *subject) failed(name string, err error) Finding {
	var e *helper.Error
	if !errors.As(err, &e) {
		return finding(Error, name, debug, "%v", err)
	}
	detail := e.Op
	if e.Object != "" {
		detail += fmt.Sprintf(" %q", e.Object)
	}
	c := finding(Error, name, e.Hint, "%s: %s", detail, e.Reason)
	if c.Fix != "" && c.Fix != helper.Doctor {
		return c
	}
	switch c.Fix = debug; {
	case e.Code == "config" && e.Object == x.config.Path:
		c.Fix = x.edit()
	case e.Code == "no-source":
		c.Fix = x.edit()
		c.Detail += "; set another source there, such as adc or file:PATH"
	}
	return c
}

// edit opens docker's file.
func (x *subject) edit() string {
	if x.config.Path == "" {
		return "export HOME=DIR"
	}
	return editor(x.config.Path)
}

func editor(path string) string { return "${EDITOR:-vi} " + helper.ShellWord(path) }

// configure makes a client ask us for a host: git where the host is git's alone,
// otherwise docker. Docker knows no wildcards, so that only git can be told of
// one.
func (x *subject) configure(h *place) string {
	switch {
	case h.git && !h.docker, x.gitOnly(h), h.Protocol == "http":
		return x.configureGit(h)
	case h.Pattern.Stars() > 0:
		return x.edit()
	}
	return x.configureDocker(h.name)
}

// configureDocker makes docker ask us for a registry; Docker Hub is none to ask us
// for.
func (x *subject) configureDocker(name string) string {
	name, _, _ = strings.Cut(name, "/")
	if dockerconfig.Hub(name) {
		return "credential-iam unconfigure " + helper.ShellWord(name)
	}
	at, _ := config.At(helper.Request{Client: host.Docker, Protocol: "https", Host: name})
	fix := "credential-iam configure --docker " + helper.ShellWord(name) + x.consent(at, name)
	if other := x.config.CredHelpers[name]; other != "" && other != config.Name {
		fix += force(fix)
	}
	return fix
}

// configureGit makes git run git-credential-iam for a host, and replaces another
// helper that is configured for it.
func (x *subject) configureGit(h *place) string {
	fix := "credential-iam configure --git " + helper.ShellWord(h.url()) + x.consent(h.Place, h.name)
	if gitconfig.Taken(x.git.entries, h.url()) {
		fix += force(fix)
	}
	return fix
}

// force is the flag with which configure replaces what others configured, where a
// command has it not.
func force(command string) string {
	if strings.HasSuffix(command, " --force") {
		return ""
	}
	return " --force"
}

// consent is the flag by which configure is told what may be sent to a foreign
// host, where its section does not say so. An ID token is of use at that host
// alone, so it is the one to propose.
func (x *subject) consent(at config.Place, name string) string {
	if at.BuiltIn() || x.document != nil && x.document.Consents(config.Name+"@"+name) {
		return ""
	}
	// A wildcard's section may state it, but configure makes one for the host.
	t, err := x.config.DescribeAt(at)
	switch {
	case err != nil:
		return " --token id"
	case t.Issuer != helper.Google:
		return " --issuer " + t.Issuer
	}
	return " --token " + string(t.Token)
}
