package doctor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// debug logs each step of what failed, where no better command is known.
const debug = "CREDENTIAL_IAM_LOG=debug credential-iam doctor"

// failed turns an error into a check. A hint to run doctor fixes nothing here.
func (x *examination) failed(name string, err error) Check {
	var e *helper.Error
	if !errors.As(err, &e) {
		return check(Error, name, debug, "%v", err)
	}
	detail := e.Op
	if e.Object != "" {
		detail += fmt.Sprintf(" %q", e.Object)
	}
	c := check(Error, name, e.Hint, "%s: %s", detail, e.Reason)
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
func (x *examination) edit() string {
	if x.config.Path == "" {
		return "export HOME=DIR"
	}
	return editor(x.config.Path)
}

func editor(path string) string { return "${EDITOR:-vi} " + helper.ShellWord(path) }

// configure makes a client run the helper for a host: git where the host is git's
// alone, otherwise docker. Docker has no wildcards, so only git can have one.
func (x *examination) configure(h *place) string {
	switch {
	case h.git && !h.docker, x.gitOnly(h), h.Protocol == "http":
		return x.configureGit(h)
	case h.Pattern.Stars() > 0:
		return x.edit()
	}
	return x.configureDocker(h.name)
}

// configureDocker makes docker run docker-credential-iam for a registry, except
// for Docker Hub.
func (x *examination) configureDocker(name string) string {
	name, _, _ = strings.Cut(name, "/")
	if dockerconfig.Hub(name) {
		return "credential-iam unconfigure " + helper.ShellWord(name)
	}
	at, _ := config.At(helper.Request{Client: host.Docker, Protocol: "https", Host: name})
	return "credential-iam configure --docker " + helper.ShellWord(name) + x.consent(at, name)
}

func (x *examination) configureGit(h *place) string {
	return "credential-iam configure --git " + helper.ShellWord(h.url()) + x.consent(h.Place, h.name)
}

// consent is the flag that names the kind of token for a host that is not built
// in, where its section does not. An ID token is valid at that host alone, so it
// is the one to propose.
func (x *examination) consent(at config.Place, name string) string {
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
