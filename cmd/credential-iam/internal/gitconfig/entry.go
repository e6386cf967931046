package gitconfig

import (
	"context"
	"errors"
	"os"
	"strings"
)

// Entry is one line of git's configuration.
type Entry struct {
	// Section and Name are in lower case: "credential", "helper".
	Section, Name string
	// URL is the subsection as it is written, often empty.
	URL   string
	Value string
	// File is the path of the file that it is in, "" for the command line and the
	// environment. A file of a repository may be named from its top folder.
	File string
	// Included says that it is in a file that the global one includes. Only
	// ListGlobal tells.
	Included bool
	// Scope is system, global, local, worktree or command, "" before git 2.26.
	Scope string
}

// Beyond reports whether the entry is read after everything that "git config
// --global" can write.
func (e Entry) Beyond() bool {
	return e.Scope == "local" || e.Scope == "worktree" || e.Scope == "command" || e.File == ""
}

// List returns the entries that git reads, in its order, where args choose the
// files: "--global", "--file F", or nothing for all that count in dir.
func (g Git) List(ctx context.Context, dir string, args ...string) ([]Entry, error) {
	list := append([]string{"config", "--null", "--show-origin", "--list"}, args...)
	out, err := g.Run(ctx, dir, append(list, "--show-scope")...)
	if e := (*exitError)(nil); errors.As(err, &e) && e.code == usage {
		out, err = g.Run(ctx, dir, list...)
		return parseList(string(out), false), err
	}
	return parseList(string(out), true), err
}

// ListGlobal returns the entries of the global file and of the files that it
// includes, in the order in which git reads them.
func (g Git) ListGlobal(ctx context.Context) ([]Entry, error) {
	return g.listFile(ctx, "--global", GlobalPath(g.environment()))
}

// ListSystem returns those of the system-wide file likewise.
func (g Git) ListSystem(ctx context.Context, path string) ([]Entry, error) {
	return g.listFile(ctx, "--system", path)
}

func (g Git) listFile(ctx context.Context, scope, path string) ([]Entry, error) {
	all, err := g.List(ctx, "", scope, "--includes")
	for i, e := range all {
		all[i].Included = !sameFile(e.File, path)
	}
	return all, err
}

func sameFile(a, b string) bool {
	if a == b {
		return true
	}
	one, err1 := os.Stat(a)
	other, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(one, other)
}

// usage is git's exit code where it does not know an option.
const usage = 129

// parseList reads "[SCOPE NUL] ORIGIN NUL KEY LF VALUE NUL"; a key without a value
// means true.
func parseList(out string, scoped bool) []Entry {
	var all []Entry
	for out != "" {
		var scope, origin, record string
		if scoped {
			scope, out, _ = strings.Cut(out, "\x00")
		}
		origin, out, _ = strings.Cut(out, "\x00")
		record, out, _ = strings.Cut(out, "\x00")
		key, value, ok := strings.Cut(record, "\n")
		if !ok {
			value = "true"
		}
		first, last := strings.IndexByte(key, '.'), strings.LastIndexByte(key, '.')
		if first < 0 {
			continue
		}
		e := Entry{Section: strings.ToLower(key[:first]), Name: strings.ToLower(key[last+1:]), Value: value, Scope: scope}
		if file, ok := strings.CutPrefix(origin, "file:"); ok {
			e.File = file
		}
		if last > first {
			e.URL = key[first+1 : last]
		}
		all = append(all, e)
	}
	return all
}

// Key returns the entry's name for git config.
func (e Entry) Key() string { return key(e.Section, e.URL, e.Name) }

// key joins a name, with the spelling of the manual.
func key(section, url, name string) string {
	switch name {
	case "usehttppath":
		name = "useHttpPath"
	case "proactiveauth":
		name = "proactiveAuth"
	case "postbuffer":
		name = "postBuffer"
	}
	if url == "" {
		return section + "." + name
	}
	return section + "." + url + "." + name
}

// HelperName names a helper for people. A shell snippet may hold anything, a
// password too, so it is not shown.
func HelperName(value string) string {
	if strings.HasPrefix(value, "!") {
		return "a shell command"
	}
	name, _, more := strings.Cut(value, " ")
	if more {
		return name + " ..."
	}
	return name
}

// Helpers returns the helpers that git asks for a URL, in order: an empty one
// resets the list.
func Helpers(entries []Entry, url string) []string {
	var helpers []string
	for _, e := range entries {
		if e.Section != "credential" || e.Name != "helper" || e.URL != "" && !Matches(e.URL, url) {
			continue
		}
		if e.Value == "" {
			helpers = nil
			continue
		}
		helpers = append(helpers, e.Value)
	}
	return helpers
}
