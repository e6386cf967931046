package docs

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// TestLinks follows every relative link, to its heading if it names one.
func TestLinks(t *testing.T) {
	t.Parallel()
	anchors := map[string]map[string]bool{}
	for _, p := range pages(t) {
		anchors[p.name] = map[string]bool{}
		for _, m := range heading.FindAllStringSubmatch(p.prose(), -1) {
			anchors[p.name][slug(m[1])] = true
		}
	}
	followed := 0
	for _, p := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(p.prose(), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			followed++
			file, anchor, _ := strings.Cut(m[1], "#")
			target := p.name
			if file != "" {
				target = path.Join(path.Dir(p.name), file)
			}
			switch {
			case !exists(target):
				t.Errorf("%s: the link %s leads to no file", p.name, m[1])
			case anchor != "" && !anchors[target][anchor]:
				t.Errorf("%s: the link %s leads to no heading of %s", p.name, m[1], target)
			}
		}
	}
	if followed < 10 {
		t.Errorf("followed %d links; is the pattern right?", followed)
	}
}

// slug is the anchor that hosting sites give a heading.
func slug(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			b.WriteRune(r)
		}
	}
	return b.String()
}
