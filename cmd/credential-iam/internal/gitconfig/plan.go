package gitconfig

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Target is a URL that git should run git-credential-iam for.
type Target struct {
	// URL is SCHEME://HOST[:PORT][/PATH] without a slash at its end.
	URL string
	// Bearer says that the answer may be a Bearer token, Proactive that git
	// must ask before the server does.
	Bearer, Proactive bool
	// Paths says that the path of a repository matters; with a path in the URL
	// it always does.
	Paths bool
}

// Step gives a key new values, all at once; none removes it.
type Step struct {
	Key      string
	Old, New []string
}

const (
	postBuffer    = "524288000"
	proactiveAuth = "auto"
)

// Conflict is another program's helper for a URL.
type Conflict struct{ URL, Helper string }

// Plan is what is to be changed.
type Plan struct {
	Steps     []Step
	Conflicts []Conflict
	// Notes say what was left unchanged, and what follows from that.
	Notes []string
}

// Configure plans the entries that make helper git's one helper for the targets.
// Helpers that others configured for one of the URLs are conflicts, and
// replaced only if force is set.
func Configure(entries []Entry, targets []Target, helper string, force bool) Plan {
	var p Plan
	for _, t := range targets {
		p.conflicts(entries, t.URL)
		if len(p.Conflicts) > 0 && !force {
			continue
		}
		_, path := Host(t.URL)
		paths := path != "" || t.Paths
		p.helper(entries, t.URL, helper, paths)
		if paths {
			p.set(entries, "credential", t.URL, "usehttppath", "true")
		}
		if path != "" {
			p.tellPaths(entries, targets, t.URL)
		}
		if t.Proactive {
			p.prefer(entries, t.URL, "proactiveauth", proactiveAuth, force, func(have string) bool {
				return have == "auto" || have == "basic"
			})
		}
		if t.Bearer {
			p.prefer(entries, t.URL, "postbuffer", postBuffer, force, func(have string) bool {
				return size(have) >= size(postBuffer)
			})
		}
	}
	return p
}

// tellPaths has git tell the path for all of a host for which it runs
// git-credential-iam: a spelling that the pattern of a repository does not match, "//"
// or Gerrit's "/a/", is asked for by the host's pattern, and without a path it would be
// answered as the host.
func (p *Plan) tellPaths(entries []Entry, targets []Target, url string) {
	scheme, rest, _ := strings.Cut(url, "://")
	name, _, _ := strings.Cut(rest, "/")
	whole := scheme + "://" + name
	if slices.ContainsFunc(targets, func(t Target) bool { return same(t.URL, whole) }) ||
		slices.ContainsFunc(entries, func(e Entry) bool { return e.is("credential", whole, "helper") && Ours(e.Value) }) {
		p.set(entries, "credential", whole, "usehttppath", "true")
	}
}

// conflicts finds helpers of others for that very URL.
func (p *Plan) conflicts(entries []Entry, url string) {
	for _, e := range entries {
		if e.is("credential", url, "helper") && e.Value != "" && !Ours(e.Value) {
			p.Conflicts = append(p.Conflicts, Conflict{URL: e.URL, Helper: HelperName(e.Value)})
		}
	}
}

// helper makes the list of a URL the reset and git-credential-iam. Where a later
// entry for more URLs adds another helper, forgets them all or, if paths are wanted,
// takes those away, they are written again, so that they come last.
func (p *Plan) helper(entries []Entry, url, helper string, paths bool) {
	want := []string{"", helper}
	var have []string
	spelled, last := url, false
	for _, e := range entries {
		switch {
		case e.is("credential", url, "helper") && !e.Included:
			spelled, last = e.URL, true
			have = append(have, e.Value)
		case e.Section == "credential" && e.Name == "helper" && (e.URL == "" || Matches(e.URL, url)):
			last = last && Ours(e.Value)
		}
	}
	last = last && !(paths && pathless(entries, url))
	if spelled == url && last && slices.Equal(have, want) {
		return
	}
	k := key("credential", spelled, "helper")
	if spelled == url && (len(have) == 0 || last) {
		p.Steps = append(p.Steps, Step{Key: k, Old: have, New: want})
		return
	}
	p.anew(entries, url, Step{Key: k, Old: have, New: want})
}

// pathless reports whether git would tell no path for a URL whose own useHttpPath is
// true: the last one that matches counts, whatever its pattern.
func pathless(entries []Entry, url string) bool {
	own := slices.ContainsFunc(entries, func(e Entry) bool { return e.is("credential", url, "usehttppath") && !e.Included })
	without := false
	for _, e := range entries {
		switch {
		case e.Section != "credential" || e.URL != "" && !Matches(e.URL, url):
		case e.is("credential", url, "usehttppath") && !e.Included:
			without = false
		case e.is("credential", url, "helper") && !e.Included:
			without = without && own // else it is written beside the helper
		case e.Name == "usehttppath":
			without = !isTrue(e.Value)
		}
	}
	return without
}

// isTrue reports whether git takes a value for true.
func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// anew plans the section of a URL so that git writes it at the end: everything in
// it is removed first.
func (p *Plan) anew(entries []Entry, url string, helper Step) {
	p.Steps = append(p.Steps, Step{Key: helper.Key, Old: helper.Old})
	var value []string
	for _, e := range entries {
		if e.is("credential", url, "usehttppath") && !e.Included {
			value = []string{e.Value}
			p.Steps = append(p.Steps, Step{Key: e.Key(), Old: value})
		}
	}
	p.Steps = append(p.Steps, Step{Key: key("credential", url, "helper"), New: helper.New})
	if value != nil {
		p.Steps = append(p.Steps, Step{Key: key("credential", url, "usehttppath"), New: value})
	}
}

// set gives a setting of a URL one value.
func (p *Plan) set(entries []Entry, section, url, name, value string) {
	k, old := key(section, url, name), []string(nil)
	for _, e := range entries {
		if e.is(section, url, name) && !e.Included {
			k, old = e.Key(), append(old, e.Value)
		}
	}
	if len(old) == 1 && old[0] == value {
		return
	}
	for i, s := range p.Steps { // written anew above
		if s.Key == k && len(s.New) > 0 {
			p.Steps[i].New = []string{value}
			return
		}
	}
	p.Steps = append(p.Steps, Step{Key: k, Old: old, New: []string{value}})
}

// prefer gives an http setting its value, unless a person chose another one
// already; one that is good enough is kept in silence.
func (p *Plan) prefer(entries []Entry, url, name, value string, force bool, good func(have string) bool) {
	for _, e := range entries {
		if !e.is("http", url, name) || good(e.Value) {
			continue
		}
		if !force {
			p.Notes = append(p.Notes, fmt.Sprintf("%s is %q and was kept; git may fail with an ID token unless it is %s (configure --force)", e.Key(), e.Value, value))
			return
		}
	}
	for _, e := range entries {
		if e.is("http", url, name) && good(e.Value) {
			return
		}
	}
	p.set(entries, "http", url, name, value)
}

// Unconfigure plans the removal of the entries of git-credential-iam for the URLs
// that accept says.
func Unconfigure(entries []Entry, accept func(url string) bool) Plan {
	var p Plan
	var done []string
	for _, e := range entries {
		if e.Section != "credential" || e.Name != "helper" || e.URL == "" || e.Included || !Ours(e.Value) || slices.Contains(done, e.URL) || !accept(e.URL) {
			continue
		}
		done = append(done, e.URL)
		p.drop(entries, "http", e.URL, "postbuffer", postBuffer)
		p.drop(entries, "http", e.URL, "proactiveauth", proactiveAuth)
		p.drop(entries, "credential", e.URL, "usehttppath", "true")
		p.dropHelper(entries, e.URL)
	}
	return p
}

// drop removes a setting that has the one value that Configure writes.
func (p *Plan) drop(entries []Entry, section, url, name, value string) {
	var old []string
	for _, e := range entries {
		if e.Section == section && e.URL == url && e.Name == name && !e.Included {
			old = append(old, e.Value)
		}
	}
	if len(old) == 1 && old[0] == value {
		p.Steps = append(p.Steps, Step{Key: key(section, url, name), Old: old})
	}
}

// dropHelper removes git-credential-iam from the list of a URL, with the reset
// before it.
func (p *Plan) dropHelper(entries []Entry, url string) {
	var old, left []string
	for _, e := range entries {
		if e.Section != "credential" || e.URL != url || e.Name != "helper" || e.Included {
			continue
		}
		old = append(old, e.Value)
		if !Ours(e.Value) {
			left = append(left, e.Value)
			continue
		}
		if n := len(left); n > 0 && left[n-1] == "" {
			left = left[:n-1]
		}
	}
	p.Steps = append(p.Steps, Step{Key: key("credential", url, "helper"), Old: old, New: left})
}

// is reports whether the entry is SECTION.URL.NAME, however the URL is spelled.
func (e Entry) is(section, url, name string) bool {
	return e.Section == section && e.Name == name && e.URL != "" && same(e.URL, url)
}

// size reads a number with git's suffixes, or returns 0.
func size(s string) int64 {
	s = strings.ToLower(s)
	unit := int64(1)
	if n := len(s); n > 0 {
		switch s[n-1] {
		case 'k':
			unit = 1 << 10
		case 'm':
			unit = 1 << 20
		case 'g':
			unit = 1 << 30
		}
		if unit > 1 {
			s = s[:n-1]
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return 0
	}
	return n * unit
}

// Roomy reports whether a value of http.postBuffer is at least the one that
// Configure writes.
func Roomy(value string) bool { return size(value) >= size(postBuffer) }
