package doctor

import (
	"context"
	"net/url"
	"runtime"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// gitBefore finds what git sends or does before it would run a helper.
func gitBefore(ctx context.Context, x *subject, r report) {
	for _, h := range x.hosts {
		if !h.git {
			continue
		}
		x.rewritten(ctx, r, h)
		x.header(ctx, r, h)
		x.cookies(ctx, r, h)
		x.netrc(ctx, r, h)
	}
}

// rewritten finds url.*.insteadOf with a user name and a password: git then has a
// credential and asks nobody.
func (x *subject) rewritten(ctx context.Context, r report, h *place) {
	if !x.git.has("url", "insteadof") || h.Pattern.Stars() > 0 {
		return
	}
	for _, e := range x.git.entries {
		prefix := h.url()
		if e.Section != "url" || e.Name != "insteadof" {
			continue
		}
		if strings.HasPrefix(e.Value, prefix+"/") { // for a part of the host alone
			prefix = e.Value
		} else if !strings.HasPrefix(prefix+"/", e.Value) {
			continue
		}
		to, err := x.git.Rewritten(ctx, "", prefix+"/")
		if err != nil {
			continue
		}
		if u, err := url.Parse(to); err == nil && u.User != nil && hasPassword(u) {
			// The name of the entry holds the password.
			file, keys := inFile(e), helper.ShellWord(`^url\..*://[^/]*:[^/]*@.*\.insteadof$`)
			fix := "git config " + file + " --name-only --get-regexp " + keys + " " + helper.ShellWord("^"+e.Value) +
				` | while read -r key; do git config ` + file + ` --unset-all "$key"; done`
			switch {
			case e.File == "":
				fix = x.unsetGit()
			case runtime.GOOS == "windows":
				fix = "git config " + file + " --edit"
			}
			r.add(Error, "git "+h.name+" insteadOf", fix, "url.*.insteadOf%s adds a password to its URL, which git uses instead of running a helper", in(e))
			return
		}
	}
}

func hasPassword(u *url.URL) bool {
	_, ok := u.User.Password()
	return ok
}

// header finds an Authorization among the headers that git adds to every request.
func (x *subject) header(ctx context.Context, r report, h *place) {
	if !x.git.has("http", "extraheader") {
		return
	}
	headers, err := x.git.Headers(ctx, x.git.entries, h.url())
	if err != nil {
		return
	}
	for _, e := range headers {
		name, _, _ := strings.Cut(e.Value, ":")
		if !strings.EqualFold(strings.TrimSpace(name), "Authorization") {
			continue
		}
		fix := "git config " + inFile(e) + " --unset-all " + helper.ShellWord(e.Key()) + " " + helper.ShellWord("^[Aa][Uu][Tt][Hh]")
		switch {
		case e.File == "":
			fix = x.unsetGit()
		case e.URL == "" && runtime.GOOS == "windows":
			fix = "git config --global --edit" // PowerShell 5 has no word for an empty argument
		case e.URL == "": // other hosts may want it
			fix = "git config --global --add " + helper.ShellWord("http."+h.url()+".extraHeader") + " ''"
		}
		r.add(Error, "git "+h.name+" extraHeader", fix, "%s%s adds an Authorization to each request, which the server takes instead of a token", e.Key(), in(e))
		return
	}
}
