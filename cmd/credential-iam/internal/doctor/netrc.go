package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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
		at, machine := netrcLine(string(raw), h.Pattern.Name())
		if err != nil || at == 0 {
			continue
		}
		fix, remove := helper.EditCommand(file), fmt.Sprintf(": remove the entry %q there, which begins in line %d", machine, at)
		if !x.git.version.Less(gitconfig.ProactiveAuth) {
			settings, err := x.git.Settings(ctx, "", h.url())
			if mode := settings["proactiveauth"]; err != nil || mode == "auto" || mode == "basic" {
				continue
			}
			fix, remove = "git config --global "+helper.ShellWord("http."+h.url()+".proactiveAuth")+" auto", ""
		}
		r.add(Error, "git "+h.name+" netrc", fix, "%s has a login for it, which git uses instead of running a helper%s", file, remove)
		return
	}
}

// netrcLine returns the line of a netrc file that begins the entry with a password for a
// host, and its first words, or 0.
func netrcLine(text, host string) (at int, machine string) {
	entry, start, key := false, 0, ""
	n := 0
	for line := range strings.Lines(withoutMacros(text)) {
		n++
		for word := range strings.FieldsSeq(line) {
			switch {
			case key == "machine":
				entry, machine = strings.EqualFold(word, host), "machine "+host
			case word == "default" && key == "":
				entry, start, machine = true, n, "default"
			case word == "machine" && key == "":
				start = n
			case word == "password" && key == "" && entry:
				return start, machine
			}
			key = keyword(key, word)
		}
	}
	return 0, ""
}

// keyword returns the word of a netrc file that the next one is the value of, or "".
func keyword(before, word string) string {
	if before == "" && slices.Contains([]string{"machine", "login", "password", "account"}, word) {
		return word
	}
	return ""
}

// withoutMacros empties the lines of the macros of a netrc file, which end with an empty
// one.
func withoutMacros(text string) string {
	var b strings.Builder
	macro := false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		macro = trimmed != "" && (macro || strings.HasPrefix(trimmed, "macdef"))
		if macro {
			line = "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}
