package gitconfig

import (
	"context"
	"path"
	"strings"
)

// Entry is one line of git's configuration.
type Entry struct {
	// Section and Name are in lower case: "credential", "helper".
	Section, Name string
	// URL is the subsection as it is written, often empty.
	URL   string
	Value string
}

// List returns the entries that git reads, in its order, where args choose the
// files: "--global", "--file F", or nothing for all that count in dir.
func (g Git) List(ctx context.Context, dir string, args ...string) ([]Entry, error) {
	out, err := g.Run(ctx, dir, append([]string{"config", "--null", "--list"}, args...)...)
	if err != nil {
		return nil, err
	}
	return parseList(string(out)), nil
}

// parseList reads "KEY LF VALUE NUL"; a key without a value means true.
func parseList(out string) []Entry {
	var all []Entry
	for record := range strings.SplitSeq(out, "\x00") {
		key, value, ok := strings.Cut(record, "\n")
		if !ok {
			value = "true"
		}
		first, last := strings.IndexByte(key, '.'), strings.LastIndexByte(key, '.')
		if first < 0 {
			continue
		}
		e := Entry{Section: strings.ToLower(key[:first]), Name: strings.ToLower(key[last+1:]), Value: value}
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

// Ours reports whether a helper's value runs git-credential-iam: "iam", or the
// path of the program.
func Ours(value string) bool {
	if value == "iam" {
		return true
	}
	value = strings.Trim(strings.TrimPrefix(value, "!"), `"'`)
	value = strings.ReplaceAll(value, `\`, "/")
	program := strings.TrimSuffix(path.Base(value), ".exe")
	return program == "git-credential-iam" && strings.Contains(value, "/")
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

// Value returns the last value of SECTION.URL.NAME for the patterns that match
// url, the longest pattern first, as http.* settings are chosen.
func Value(entries []Entry, section, name, url string) string {
	best, value := -1, ""
	for _, e := range entries {
		if e.Section != section || e.Name != name || e.URL != "" && !Matches(e.URL, url) {
			continue
		}
		if len(e.URL) >= best {
			best, value = len(e.URL), e.Value
		}
	}
	return value
}
