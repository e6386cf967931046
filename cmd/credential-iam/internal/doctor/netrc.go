package doctor

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
)

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
