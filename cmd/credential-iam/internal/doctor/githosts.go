package doctor

import (
	"context"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
)

// gitHosts checks which helpers git runs for each host, as git itself says.
func gitHosts(ctx context.Context, x *subject, r report) {
	for _, h := range x.hosts {
		switch {
		case !x.git.usable():
		case h.git || h.gitNamed:
			x.gitHelpers(r, "git "+h.name, h)
			x.gitUsers(ctx, r, h)
		case x.gitOnly(h):
			r.add(Warning, "git "+h.name, x.configureGit(h), "it has a section, but git does not run git-credential-iam for it")
		}
	}
}

// gitHelpers checks the helpers of one host. Git shows a credential that worked to
// each of them, before git-credential-iam or after it, to be stored.
func (x *subject) gitHelpers(r report, name string, h *place) {
	helpers := h.asked.Helpers
	ours := slices.IndexFunc(helpers, func(e gitconfig.Entry) bool { return gitconfig.Ours(e.Value) })
	if ours < 0 {
		r.add(Error, name, x.fixHelpers(h, x.reset(h)), "git never runs git-credential-iam for it: %s", x.whyNever(h))
		return
	}
	for i, e := range helpers {
		if gitconfig.Ours(e.Value) || i > ours && gitconfig.IsEphemeral(helpers[ours].Value) && !x.git.version.Less(gitconfig.ProactiveAuth) {
			continue
		}
		result, keeps := keeper(e.Value)
		if i < ours {
			r.add(result, name, x.fixHelpers(h, e), "git runs the helper %q first%s and passes it the tokens%s; the empty helper that would reset the list is missing", gitconfig.HelperName(e.Value), in(e), keeps)
		} else {
			r.add(result, name, x.fixHelpers(h, e), "git passes the tokens to the helper %q%s, which comes after git-credential-iam%s", gitconfig.HelperName(e.Value), in(e), keeps)
		}
		return
	}
	if len(helpers) > ours+1 {
		r.add(OK, name, "", "git runs git-credential-iam, and is told to keep nothing of its answers, so that the helper %q stores no token", gitconfig.HelperName(helpers[ours+1].Value))
		return
	}
	r.add(OK, name, "", "git runs git-credential-iam, and no other helper gets its tokens")
}

// keeper says how bad it is that a helper gets a token. Most keep it and answer it again
// after its end, git's own "store" in a file; a few are known to keep nothing, or
// nothing on disk.
func keeper(value string) (result Result, keeps string) {
	if gitconfig.Gcloud(value) {
		return Warning, ", which it does not keep"
	}
	name, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	base := strings.TrimSuffix(path.Base(strings.ReplaceAll(name, `\`, "/")), ".exe")
	switch strings.TrimPrefix(base, "git-credential-") {
	case "store":
		return Error, ", which it stores in a file in plain text"
	case "cache":
		return Warning, ", which it keeps in memory"
	case "oauth":
		return Warning, ", which it does not keep"
	}
	return Error, " to store"
}

// in names the file of an entry.
func in(e gitconfig.Entry) string {
	if e.File == "" {
		return " (of the environment)"
	}
	return " (" + e.File + ")"
}

// inFile are the words by which git config edits the file of an entry.
func inFile(e gitconfig.Entry) string {
	if e.Scope == "local" || e.Scope == "worktree" {
		return "--" + e.Scope // the path is that from the top folder
	}
	return "--file " + helper.ShellWord(e.File)
}

// unsetGit takes an entry without a file out of the environment.
func (x *subject) unsetGit() string {
	if x.Env.Getenv("GIT_CONFIG_COUNT") != "" {
		return helper.Unset("GIT_CONFIG_COUNT")
	}
	return helper.Unset("GIT_CONFIG_PARAMETERS")
}

// whyNever says why git does not run git-credential-iam although its configuration
// names it for a host.
func (x *subject) whyNever(h *place) string {
	for _, e := range x.git.entries {
		if e.Section == "credential" && e.Name == "helper" && gitconfig.Ours(e.Value) && strings.Contains(e.URL, "*") && !strings.Contains(e.URL, "://") && gitconfig.Matches(e.URL, h.url()) {
			return "credential." + e.URL + ".helper has no scheme, and git takes an asterisk for one only after https://"
		}
	}
	return "a later credential.helper entry" + in(x.reset(h)) + " resets the list"
}

// reset returns the entry that last forgot all helpers of a host.
func (x *subject) reset(h *place) (last gitconfig.Entry) {
	for _, e := range x.git.entries {
		if e.Section == "credential" && e.Name == "helper" && e.Value == "" && (e.URL == "" || gitconfig.Matches(e.URL, h.url())) {
			last = e
		}
	}
	return last
}

// fixHelpers makes git-credential-iam git's one helper for a host. Where the culprit
// is read after everything that configure writes, it is fixed there.
func (x *subject) fixHelpers(h *place, culprit gitconfig.Entry) string {
	switch {
	case culprit.Section == "" || !culprit.Beyond():
		return x.configureGit(h)
	case culprit.File == "":
		return x.unsetGit()
	}
	value := "iam"
	if i := slices.IndexFunc(x.git.entries, func(e gitconfig.Entry) bool {
		return e.Section == "credential" && e.Name == "helper" && gitconfig.Ours(e.Value)
	}); i >= 0 {
		value = x.git.entries[i].Value
	}
	key := helper.ShellWord("credential." + h.url() + ".helper")
	config := "git config --" + culprit.Scope
	if runtime.GOOS == "windows" {
		return config + " --edit" // PowerShell 5 has no word for an empty argument
	}
	return helper.Then(config+" --replace-all "+key+" ''", config+" --add "+key+" "+helper.ShellWord(value))
}

// gitUsers checks the helpers that count only where the URL of a remote names a
// user, as a hosting page may offer it.
func (x *subject) gitUsers(ctx context.Context, r report, h *place) {
	for _, user := range gitconfig.Users(x.git.entries, h.url()) {
		asked, err := x.git.Ask(ctx, x.git.entries, h.Protocol+"://"+user+"@"+h.name)
		if err != nil {
			continue
		}
		for _, e := range asked.Helpers {
			if gitconfig.Ours(e.Value) || slices.Contains(h.asked.Helpers, e) {
				continue
			}
			result, keeps := keeper(e.Value)
			fix, remove := "git config "+inFile(e)+" --unset-all "+helper.ShellWord(e.Key()), ""
			switch {
			case e.File == "":
				fix = x.unsetGit()
			case strings.Contains(user, ":"): // the name of the entry has a password in it
				fix, remove = helper.EditCommand(e.File), ": remove that helper there"
			}
			user, _, _ = strings.Cut(user, ":")
			r.add(result, "git "+user+"@"+h.name, fix, "for a remote that names the user %q git passes the tokens to the helper %q%s%s%s", user, gitconfig.HelperName(e.Value), in(e), keeps, remove)
			break
		}
	}
}
