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
	// Replace says that the helpers of others for the URL give way.
	Replace bool
}

// Step is a key whose values change.
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

// Plan is what is to be changed. Entries are removed where they are, and new ones come
// at the end of the file, in sections of their own: what counts there is the last
// entry, so that nothing of others has to give way, and all that undoing has to do is
// to take them out again.
type Plan struct {
	// Drop are the places of entries that go, Add are new ones.
	Drop      []int
	Add       []Entry
	Conflicts []Conflict
	// Notes say what was left unchanged, and what follows from that.
	Notes []string

	entries []Entry
}

// result returns the entries as they are after the plan.
func (p *Plan) result() []Entry {
	var all []Entry
	for i, e := range p.entries {
		if !slices.Contains(p.Drop, i) {
			all = append(all, e)
		}
	}
	return append(all, p.Add...)
}

// add appends entries of one URL. They belong together with what was added for it
// before, so that each section is written once.
func (p *Plan) add(section, url string, pairs ...string) {
	at := len(p.Add)
	for i, e := range p.Add {
		if e.Section == section && e.URL == url {
			at = i + 1
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		p.Add = slices.Insert(p.Add, at+i/2, Entry{Section: section, URL: url, Name: pairs[i], Value: pairs[i+1]})
	}
}

// Edit carries the plan out in the text of the file.
func (p *Plan) Edit(t *Text) []byte {
	var drop []int
	n := 0
	for i, e := range p.entries {
		if e.Included {
			continue
		}
		if slices.Contains(p.Drop, i) {
			drop = append(drop, n)
		}
		n++
	}
	return t.Edit(drop, p.Add)
}

// Steps returns the keys that the plan touches, with their values in the file itself.
func (p *Plan) Steps() []Step {
	var touched []string
	for _, i := range p.Drop {
		touched = append(touched, p.entries[i].Key())
	}
	for _, e := range p.Add {
		touched = append(touched, e.Key())
	}
	var all []Step
	after := p.result()
	for _, k := range touched {
		if !slices.ContainsFunc(all, func(s Step) bool { return s.Key == k }) {
			all = append(all, Step{Key: k, Old: values(p.entries, k), New: values(after, k)})
		}
	}
	return all
}

// Steps returns the keys whose values differ between two readings of a file.
func Steps(before, after []Entry) []Step {
	var all []Step
	for _, e := range slices.Concat(before, after) {
		s := Step{Key: e.Key(), Old: values(before, e.Key()), New: values(after, e.Key())}
		if !slices.Equal(s.Old, s.New) && !slices.ContainsFunc(all, func(t Step) bool { return t.Key == s.Key }) {
			all = append(all, s)
		}
	}
	return all
}

// values returns the values of a key in the file itself.
func values(entries []Entry, key string) (all []string) {
	for _, e := range entries {
		if !e.Included && e.Key() == key {
			all = append(all, e.Value)
		}
	}
	return all
}

// Configure plans the entries that make helper git's one helper for the targets.
// Helpers that others configured for one of the URLs are conflicts, unless force is
// set: then they stay and are not asked any more.
func Configure(entries []Entry, targets []Target, helper string, force bool) *Plan {
	p := &Plan{entries: entries}
	for _, t := range targets {
		others := rivals(entries, t.URL)
		if len(others) > 0 && !force && !t.Replace {
			for _, e := range others {
				p.Conflicts = append(p.Conflicts, Conflict{URL: e.URL, Helper: HelperName(e.Value)})
			}
			continue
		}
		for _, e := range others {
			p.Notes = append(p.Notes, fmt.Sprintf("the helper %q for %s stays in git's file and is not asked any more", HelperName(e.Value), e.URL))
		}
		_, path := Host(t.URL)
		paths := path != "" || t.Paths
		p.helper(t.URL, helper)
		if paths {
			p.path(t.URL)
		}
		if path != "" {
			p.tellPaths(targets, t.URL)
		}
		if t.Proactive {
			p.prefer(t.URL, "proactiveauth", proactiveAuth, force, func(have string) bool {
				return have == "auto" || have == "basic"
			})
		}
		if t.Bearer {
			p.prefer(t.URL, "postbuffer", postBuffer, force, func(have string) bool {
				return size(have) >= size(postBuffer)
			})
		}
	}
	return p
}

// rivals returns the entries of other programs that git asks for that very URL,
// however it is spelled.
func rivals(entries []Entry, url string) (others []Entry) {
	for _, e := range entries {
		switch {
		case !e.is("credential", url, "helper") || Ours(e.Value):
		case e.Value == "":
			others = nil
		default:
			others = append(others, e)
		}
	}
	return others
}

// tellPaths has git tell the path for all of a host for which it runs
// git-credential-iam: a spelling that the pattern of a repository does not match, "//"
// or Gerrit's "/a/", is asked for by the host's pattern, and without a path it would be
// answered as the host.
func (p *Plan) tellPaths(targets []Target, url string) {
	scheme, rest, _ := strings.Cut(url, "://")
	name, _, _ := strings.Cut(rest, "/")
	whole := scheme + "://" + name
	if slices.ContainsFunc(targets, func(t Target) bool { return same(t.URL, whole) }) ||
		slices.ContainsFunc(p.result(), func(e Entry) bool { return e.is("credential", whole, "helper") && Ours(e.Value) }) {
		p.path(whole)
	}
}

// helper makes the list of a URL the reset and git-credential-iam. Where a later entry
// for more URLs adds another helper or forgets them all, they are written again, so
// that they come last.
func (p *Plan) helper(url, helper string) {
	var have []string
	spelled, last := true, false
	for _, e := range p.result() {
		switch {
		case e.is("credential", url, "helper") && !e.Included:
			spelled = spelled && (e.URL == url || !Ours(e.Value))
			last = true
			have = append(have, e.Value)
		case e.Section == "credential" && e.Name == "helper" && (e.URL == "" || Matches(e.URL, url)):
			last = last && Ours(e.Value)
		}
	}
	n := len(have)
	if spelled && last && n >= 2 && have[n-2] == "" && have[n-1] == helper && !slices.ContainsFunc(have[:n-2], Ours) {
		return
	}
	p.dropHelper(func(e Entry) bool { return e.is("credential", url, "helper") })
	p.add("credential", url, "helper", "", "helper", helper)
}

// path has git tell the path for a URL: its own useHttpPath is true, and is the last
// that matches, since that one counts, whatever its pattern.
func (p *Plan) path(url string) {
	own, counts := false, false
	for _, e := range p.result() {
		if e.Section != "credential" || e.Name != "usehttppath" || e.URL != "" && !Matches(e.URL, url) {
			continue
		}
		counts = isTrue(e.Value)
		own = own || counts && e.is("credential", url, "usehttppath") && !e.Included
	}
	if own && counts {
		return
	}
	for i, e := range p.entries {
		if e.is("credential", url, "usehttppath") && !e.Included && isTrue(e.Value) {
			p.Drop = append(p.Drop, i)
		}
	}
	p.add("credential", url, "usehttppath", "true")
}

// isTrue reports whether git takes a value for true.
func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// prefer gives an http setting its value, unless a person chose another one
// already; one that is good enough is kept in silence.
func (p *Plan) prefer(url, name, value string, force bool, good func(have string) bool) {
	var have *Entry
	for _, e := range p.result() {
		if e.is("http", url, name) {
			have = &e
		}
	}
	switch {
	case have != nil && good(have.Value):
	case have != nil && !force:
		p.Notes = append(p.Notes, fmt.Sprintf("%s is %q and was kept; git may fail with an ID token unless it is %s (configure --force)", have.Key(), have.Value, value))
	default:
		p.add("http", url, name, value)
	}
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
