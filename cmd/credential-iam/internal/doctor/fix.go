package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/near"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/unlock"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// failed turns an error into a finding. A hint that only shows more fixes nothing, so
// it is part of what is said.
func (x *subject) failed(name string, err error) Finding {
	var e *helper.Error
	if !errors.As(err, &e) {
		return finding(Error, name, "", "%v; %s shows each step", err, helper.DebugCommand())
	}
	detail := said(e)
	if name == e.Op+" "+e.Object { // the check's name says that already
		detail = e.Reason
	}
	switch {
	case errors.Is(err, keystore.ErrLocked):
		return finding(Error, name, x.unlock(err), "%s", detail)
	case e.Code == "no-source" && (e.Hint == "" || shows(e.Hint) || e.Hint == x.edit()):
		return finding(Error, name, x.edit(), "%s; write another \"source\" there, such as \"adc\" or \"file:PATH\"", detail)
	case e.Hint != "" && !shows(e.Hint):
		return finding(Error, name, e.Hint, "%s", detail)
	case e.Code == "config" && e.Object == x.config.Path:
		return finding(Error, name, x.open(), "%s", detail)
	case e.Hint == "", strings.HasSuffix(e.Hint, " doctor"):
		return finding(Error, name, "", "%s; %s shows each step", detail, helper.DebugCommand())
	}
	return finding(Error, name, "", "%s; %s shows more", detail, e.Hint)
}

// said is an error without its command.
func said(e *helper.Error) string {
	if e.Object == "" {
		return e.Op + ": " + e.Reason
	}
	return fmt.Sprintf("%s %q: %s", e.Op, e.Object, e.Reason)
}

// shows reports whether a command changes nothing.
func shows(command string) bool {
	f := strings.Fields(command)
	if slices.Contains([]string{"ls", "curl", "curl.exe", "kubectl"}, f[0]) || f[0] == "icacls" && !strings.HasSuffix(command, " /reset") || strings.HasSuffix(command, " doctor") || strings.HasPrefix(command, "credential-iam help ") {
		return true
	}
	return slices.ContainsFunc(f[1:], func(word string) bool { return slices.Contains([]string{"list", "describe", "read"}, word) })
}

// open is what makes docker's file one that can be read, where it is not, as configure
// prints it, or else opens it.
func (x *subject) open() string {
	_, err := files.Read(x.config.Path)
	if e := (*files.Error)(nil); errors.As(err, &e) && e.Fix != "" {
		return e.Fix
	}
	return x.edit()
}

// edit opens docker's file.
func (x *subject) edit() string {
	if x.config.Path == "" {
		return helper.SetCommand("HOME", "DIR")
	}
	return helper.EditCommand(x.config.Path)
}

// configure makes a client run the helper for a host: git where the host is git's
// alone, otherwise docker. Docker has no wildcards, so only git can have one.
func (x *subject) configure(h *place) string {
	switch {
	case !h.git && !h.docker && x.toolAsks(h) && h.Client == host.Git:
		return x.start(h.Place) + " --host " + helper.ShellWord(h.Pattern.Host()) + x.consent(h.Place, h.name)
	case h.git && !h.docker, x.gitOnly(h), h.Protocol == "http":
		return x.configureGit(h)
	case h.Client == host.Bazel:
		return x.start(h.Place) + " --bazel " + helper.ShellWord(h.name)
	case h.Pattern.Stars() > 0:
		return x.edit()
	}
	if h.BuiltIn() && !h.docker {
		docker := h.Place
		docker.Client = host.Docker
		if _, other := near.Format(docker); other { // of npm, Python, ...
			return x.start(h.Place) + " --host " + helper.ShellWord(h.name)
		}
	}
	return x.configureDocker(h.name)
}

// configureDocker makes docker run docker-credential-iam for a registry, except
// for Docker Hub.
func (x *subject) configureDocker(name string) string {
	name, _, _ = strings.Cut(name, "/")
	if dockerconfig.Hub(name) {
		return unconfigure(name)
	}
	at, _ := config.At(helper.Request{Client: host.Docker, Protocol: "https", Host: name})
	if meant, ok := x.meant(at); ok {
		name, at.Pattern = meant.String(), host.Exactly(meant, "")
	}
	fix := x.start(at) + " --docker " + helper.ShellWord(name) + x.consent(at, name)
	if other := x.config.CredHelpers()[name]; other != "" && other != config.Name {
		fix += force(fix)
	}
	return fix
}

// configureGit makes git run git-credential-iam for a host, and replaces another
// helper that is configured for it.
func (x *subject) configureGit(h *place) string {
	if meant, ok := x.meant(h.Place); ok {
		h = h.on(meant)
	}
	fix := x.start(h.Place) + " --git " + helper.ShellWord(h.url()) + x.consent(h.Place, h.name)
	if gitconfig.Taken(x.git.entries, h.url()) {
		fix += force(fix)
	}
	return fix
}

// unconfigure is the command that takes back what is configured for a host, also what a
// person has written in a file that configure has changed too.
func unconfigure(name string) string {
	return "credential-iam unconfigure " + helper.ShellWord(name) + " --force"
}

// start begins a command that configures a host. Where no account is named for it the
// command names one, since configure takes no host without.
func (x *subject) start(at config.Place) string {
	const command = "credential-iam configure"
	if !x.noAccount || x.document == nil {
		return command
	}
	t, err := x.config.DescribeAt(at)
	if err == nil && (t.ServiceAccount != "" || t.Own) {
		return command
	}
	for _, p := range []host.Pattern{at.Pattern, at.Pattern.Below("")} { // without consent nothing else is known
		if x.document.Section(config.Name + "@" + p.String())["serviceAccount"] != "" {
			return command
		}
	}
	return command + " --service-account EMAIL"
}

// meant returns the host of Google's that a place is probably a misspelling of. No
// fix configures the one that was typed: its owner would get the tokens. One whose
// section names the kind of token was configured on purpose.
func (x *subject) meant(at config.Place) (host.Host, bool) {
	if meant, ok := x.misplaced(at); ok {
		return meant, true
	}
	if _, err := x.config.DescribeAt(at); err == nil {
		return host.Host{}, false
	}
	return near.Host(at)
}

// force is the flag with which configure replaces what others configured, where a
// command has it not.
func force(command string) string {
	if strings.HasSuffix(command, " --force") {
		return ""
	}
	return " --force"
}

// consent is the flag that names the kind of token for a host that is not built
// in, where its section does not.
func (x *subject) consent(at config.Place, name string) string {
	if at.BuiltIn() || x.document != nil && x.document.Consents(config.Name+"@"+name) {
		return ""
	}
	// A wildcard's section may state it, but configure makes one for the host.
	t, err := x.config.DescribeAt(at)
	switch {
	case err != nil:
		return " --token " + string(helper.ProposedKind(at.Pattern))
	case t.Issuer != helper.Google:
		return " --issuer " + t.Issuer
	}
	return " --token " + string(t.Token)
}

// chain joins commands that follow each other. What configure tries at its end is for
// the last of them: before it, not all is as it is going to be.
func chain(commands []string) string {
	for i := range commands {
		if i < len(commands)-1 {
			commands[i] = strings.Replace(commands[i], "credential-iam configure ", "credential-iam configure --no-check ", 1)
		}
	}
	return helper.Then(commands...)
}

// unlock is the command by which a person opens a keystore that refused.
func (x *subject) unlock(refused error) string {
	return unlock.World{Getenv: x.Env.Getenv, LookPath: x.LookPath}.Command(refused)
}
