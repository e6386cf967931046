package adapter

import (
	"strings"
	"testing"
)

func line(in string) (string, bool) { return (&Call{Stdin: strings.NewReader(in)}).Line() }

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"gcr.io": "gcr.io", "gcr.io\n": "gcr.io", "gcr.io \r\n": "gcr.io", "  gcr.io\t\n": "gcr.io", "gcr.io\r\n\r\n": "gcr.io",
	} {
		if got, ok := line(in); !ok || got != want {
			t.Errorf("Line of %q = %q, %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "\n", " \r\n", "gcr.io\n\n\n", "gcr.io\nevil.com", "gcr\n.io", "\ngcr.io", "gcr.io evil", "\xef\xbb\xbfgcr.io", "gcr.io\x00", "gcr.io\x1b[2J",
		"g\u00fcr.io", strings.Repeat("a", maxLine+1), strings.Repeat("a", 10<<20),
	} {
		if got, ok := line(in); ok {
			t.Errorf("Line of %.40q = %q, want a refusal", in, got)
		}
	}
}

// FuzzLine has one line of visible bytes, whatever comes.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"gcr.io", "gcr.io \r\n", "a\nb", "\n\n\n", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, ok := line(s)
		if ok == (line == "") || strings.ContainsFunc(line, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || !strings.Contains(s, line) {
			t.Fatalf("%q: %q, %v", s, line, ok)
		}
	})
}
