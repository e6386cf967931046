package gitconfig

import "slices"

// Unconfigure plans the removal of the entries of git-credential-iam for the URLs
// that accept says.
func Unconfigure(entries []Entry, accept func(url string) bool) *Plan {
	p := &Plan{entries: entries}
	var done []string
	for _, e := range entries {
		if e.Section != "credential" || e.Name != "helper" || e.URL == "" || e.Included || !Ours(e.Value) || slices.Contains(done, e.URL) || !accept(e.URL) {
			continue
		}
		done = append(done, e.URL)
		p.Drop = append(p.Drop, lastOf(entries, "http", e.URL, "postbuffer", postBuffer)...)
		p.Drop = append(p.Drop, lastOf(entries, "http", e.URL, "proactiveauth", proactiveAuth)...)
		p.Drop = append(p.Drop, lastOf(entries, "credential", e.URL, "usehttppath", "true")...)
		p.dropHelper(func(h Entry) bool { return h.Section == "credential" && h.Name == "helper" && h.URL == e.URL })
	}
	return p
}

// Undo plans the removal of entries that Configure added: of each the last one with its
// value, and the reset before a helper.
func Undo(entries, added []Entry) *Plan {
	p := &Plan{entries: entries}
	for _, e := range added {
		if e.Name == "helper" {
			p.dropHelper(func(h Entry) bool { return h.Section == e.Section && h.URL == e.URL && h.Name == e.Name })
			continue
		}
		p.Drop = append(p.Drop, lastOf(entries, e.Section, e.URL, e.Name, e.Value)...)
	}
	return p
}

// lastOf returns the place of the last entry of a setting where it has the value that
// Configure writes.
func lastOf(entries []Entry, section, url, name, value string) []int {
	for i, e := range slices.Backward(entries) {
		if e.Section == section && e.URL == url && e.Name == name && !e.Included {
			if e.Value == value {
				return []int{i}
			}
			break
		}
	}
	return nil
}

// dropHelper removes git-credential-iam from the list that mine accepts, with the reset
// before it.
func (p *Plan) dropHelper(mine func(Entry) bool) {
	reset := -1
	for i, e := range p.entries {
		switch {
		case !mine(e) || e.Included:
		case e.Value == "":
			reset = i
		case Ours(e.Value):
			if reset >= 0 {
				p.Drop = append(p.Drop, reset)
			}
			p.Drop = append(p.Drop, i)
			reset = -1
		default:
			reset = -1
		}
	}
}
