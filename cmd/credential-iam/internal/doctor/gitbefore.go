package doctor

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
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
		fix := "git config " + inFile(e) + " --unset-all " + helper.ShellWord(e.Key()) + " '^[Aa][Uu][Tt][Hh]'"
		switch {
		case e.File == "":
			fix = "unset GIT_CONFIG_COUNT"
		case e.URL == "": // other hosts may want it
			fix = "git config --global --add " + helper.ShellWord("http."+h.url()+".extraHeader") + " ''"
		}
		r.add(Error, "git "+h.name+" extraHeader", fix, "%s%s adds an Authorization to each request, which the server takes instead of a token", e.Key(), in(e))
		return
	}
}

// cookies finds a file of cookies with one for the host; Google's git servers take
// an identity from them.
func (x *subject) cookies(ctx context.Context, r report, h *place) {
	if !x.git.has("http", "cookiefile") {
		return
	}
	settings, err := x.git.Settings(ctx, "", h.url())
	file := settings["cookiefile"]
	if err != nil || file == "" {
		return
	}
	if rest, ok := strings.CutPrefix(file, "~/"); ok {
		file = filepath.Join(x.Env.HomeDir, rest)
	}
	raw, err := helper.ReadFile(file, helper.MaxFile)
	if err != nil || !hasCookie(string(raw), h.Pattern.Name()) {
		return
	}
	r.add(Warning, "git "+h.name+" cookieFile", "git config --global "+helper.ShellWord("http."+h.url()+".cookieFile")+" ''",
		"git sends it a cookie (http.cookieFile, %s), which the server may take for an identity", file)
}

// hasCookie reports whether a file of Netscape's form has a cookie for a host.
func hasCookie(text, host string) bool {
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimPrefix(strings.TrimRight(line, "\r\n"), "#HttpOnly_"), "\t")
		if len(f) < 7 || strings.HasPrefix(f[0], "#") {
			continue
		}
		domain := strings.ToLower(strings.TrimPrefix(f[0], "."))
		if domain == host || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// netrc finds the host in ~/.netrc, whose login git tries before it runs a helper;
// with http.proactiveAuth it runs the helper first.
func (x *subject) netrc(ctx context.Context, r report, h *place) {
	if x.Env.HomeDir == "" {
		return
	}
	names := []string{".netrc"}
	if runtime.GOOS == "windows" {
		names = append(names, "_netrc")
	}
	for _, name := range names {
		file := filepath.Join(x.Env.HomeDir, name)
		if _, err := os.Stat(file); err != nil {
			continue
		}
		raw, err := helper.ReadFile(file, helper.MaxFile)
		if err != nil || !netrcHas(string(raw), h.Pattern.Name()) {
			continue
		}
		fix := editor(file)
		if !x.git.version.Less(gitconfig.ProactiveAuth) {
			settings, err := x.git.Settings(ctx, "", h.url())
			if mode := settings["proactiveauth"]; err != nil || mode == "auto" || mode == "basic" {
				continue
			}
			fix = "git config --global " + helper.ShellWord("http."+h.url()+".proactiveAuth") + " auto"
		}
		r.add(Error, "git "+h.name+" netrc", fix, "%s has a login for it, which git uses instead of running a helper", file)
		return
	}
}

// netrcHas reports whether a netrc file has a password for a host.
func netrcHas(text, host string) bool {
	words := strings.Fields(withoutMacros(text))
	ours := false
	for i, word := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch word {
		case "machine":
			ours = strings.EqualFold(next, host)
		case "default":
			ours = true
		case "password":
			if ours {
				return true
			}
		}
	}
	return false
}

// withoutMacros leaves out the macros of a netrc file, which end with an empty line.
func withoutMacros(text string) string {
	var b strings.Builder
	macro := false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		macro = trimmed != "" && (macro || strings.HasPrefix(trimmed, "macdef"))
		if !macro {
			b.WriteString(line)
		}
	}
	return b.String()
}
