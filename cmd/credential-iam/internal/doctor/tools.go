package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// tools checks each client beyond docker and git that is configured: whether it can
// run its program, whether its server is answered, and where to look when it fails.
func tools(ctx context.Context, x *subject, r report) {
	for _, name := range slices.Sorted(maps.Keys(x.unread)) {
		if x.limited {
			break
		}
		if errors.Is(x.unread[name], exec.ErrNotFound) {
			r.add(Skipped, name, "", "a file of kubectl's names credential-iam-client, and there is no kubectl on the PATH to read it with")
			continue
		}
		r(x.failed(name, x.unread[name]))
	}
	for _, u := range x.uses {
		if x.limited && !slices.ContainsFunc(x.hosts, func(h *place) bool { return h.Pattern.Host() == u.Host() }) {
			continue
		}
		name := strings.TrimSpace(u.Client + " " + u.Name)
		switch fix, why := x.unanswered(u); {
		case u.Trouble != "" && strings.HasPrefix(fix, u.Fix): // the section is missing, too
			r.add(Error, name, fix, "%s", u.Trouble)
		case u.Trouble != "":
			r.add(Error, name, u.Fix, "%s", u.Trouble)
		case fix != "":
			r.add(Error, name, fix, "%s", why)
		default:
			r(x.works(ctx, name, u))
		}
	}
}

// tools is the world of further tools.
func (x *subject) tools() toolconfig.World {
	return toolconfig.World{Env: x.Env, Environ: x.Environ, LookPath: x.LookPath, Bin: x.Bin}
}

// works says that a use can work, but for a version that cannot.
func (x *subject) works(ctx context.Context, name string, u toolconfig.Use) Finding {
	if u.Client == "pip" {
		if old := x.oldPip(ctx); old != "" {
			return finding(Warning, name, "", "%s runs no command keyring; pip 23.1 and later do", old)
		}
	}
	return finding(OK, name, "", "%s", x.says(u))
}

// oldPip returns what the pip on the PATH is where it is too old, "" otherwise.
func (x *subject) oldPip(ctx context.Context) string {
	path, err := x.LookPath("pip")
	if err != nil {
		return ""
	}
	said, err := x.SayVersion(ctx, path)
	var major, minor int
	if _, scan := fmt.Sscanf(said, "pip %d.%d", &major, &minor); err != nil || scan != nil || major > 23 || major == 23 && minor >= 1 {
		return ""
	}
	return fmt.Sprintf("pip %d.%d (%s)", major, minor, path)
}

// says is what a tool runs, for whom, and where the cause of a failure is seen.
func (x *subject) says(u toolconfig.Use) string {
	where := u.Program
	if path, err := x.LookPath(u.Program); err == nil && path != u.Program {
		where += " (" + path + " on this PATH)"
	}
	server := ""
	if h := u.Host(); h != "" && h != u.Name {
		server = " for " + h
	}
	switch u.Client {
	case "kube":
		return "kubectl runs " + where + server + ", and shows its errors"
	case "pip":
		return "pip runs " + where + " for an index whose URL has a user name, and shows its errors"
	case "pnpm":
		return "pnpm runs " + where + ", and hides its errors: run it yourself to see them"
	case "terraform":
		return "Terraform runs " + where + ", and hides its errors: run terraform-credentials-iam get HOST to see them"
	}
	return u.Client + " runs " + where + server + ", and shows its errors"
}

// unanswered says why the server of a use gets nothing, with the command that fixes it.
func (x *subject) unanswered(u toolconfig.Use) (fix, why string) {
	client := toolconfig.Asker(u.Client)
	if client == "" || u.Server == "" {
		return "", ""
	}
	protocol, p, err := host.Form{Schemes: []string{"https", "http"}, Bare: true}.ReadPattern(u.Server)
	if err != nil {
		return "", ""
	}
	at := config.Place{Client: client, Protocol: protocol, Pattern: p.Below("")}
	if _, err := x.config.DescribeAt(at); !errors.Is(err, helper.ErrNoTarget) { // another mistake is that of the host
		return "", ""
	}
	kind := helper.ProposedKind(p)
	if client == host.Kube {
		kind = helper.Access
	}
	return "credential-iam configure --" + u.Client + " " + helper.ShellWord(u.Name) + " --token " + string(kind),
		p.Host() + " is not a built-in Google host and has no section iam@HOST in docker's configuration file, so it gets no token"
}

// toolAsks reports whether a further tool asks for a host. Some name no hosts and ask
// for any that they meet.
func (x *subject) toolAsks(h *place) bool {
	return slices.ContainsFunc(x.uses, func(u toolconfig.Use) bool {
		if u.Server == "" {
			return !dockerFormat(h)
		}
		return u.Host() == h.Pattern.Host()
	})
}

// dockerFormat reports whether a host is one of Google's registries for images.
func dockerFormat(h *place) bool {
	label, _, _ := strings.Cut(h.Pattern.Host(), ".")
	return h.Pattern.Registry() && (strings.HasSuffix(label, "-docker") || strings.HasSuffix(h.Pattern.Host(), "gcr.io"))
}
