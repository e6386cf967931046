package gitconfig

import (
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// texts are files of git's, good and bad ones.
var texts = []string{
	"", "\n", "[a]", "[a]\nb", "[a]\nb=c", "[a] b = c ; d\n e = \"f ; g\" # h\n", "[A.B]\nC = D", "[a \"B\\\"\\\\c\"]\r\n\td = e\r\n",
	"[a]\nb = c \\\n  d\\\n\ne = f", "[a]\nb = \"c", "[a", "[a \"b\n\"]", "[a]b", "b = c", "[a]\n1 = 2", "[a]\nb == c", "[a]\nb : c",
	"[a]\nb = c\\", "[a]\nb = c\\q", "\ufeff[a]\nb = c", "[a]\nb = \\t\\n\\b\\\\\\\"", "[ a]\nb", "[a ]\nb", "[a \"b\"c]\nd", "[a\t\"b\"]\nd = e",
	"[a]\nb\tc", "[a]\nb =\tc\td  \n", "#[a]\n;b\n[c] # d\n e = 'f'", "[a]\rb = c", "[a]\nb = c\rd", "[-.-]\n", "[]\na = b", "[a.]\nb", "[.a]\nb",
	"[a]\nb = c[d]\n[e]f=g[h]\n i = j", "[a]\nb-c = d\nb_c = d", "[a \"b\"]\n= c", "[a]\nb = # c \\\nd = e",
}

// samePlaces has git read a text, and compares what it finds with what Parse does.
func samePlaces(t *testing.T, g Git, file string, raw []byte) {
	t.Helper()
	text, err := Parse(raw)
	if werr := os.WriteFile(file, raw, 0o600); werr != nil {
		t.Fatal(werr)
	}
	all, gitErr := g.List(t.Context(), "", "--file", file)
	if gitErr != nil {
		if err == nil {
			t.Errorf("git refuses %q: %v", raw, gitErr)
		}
		return
	}
	if err != nil {
		// It is stricter, which is safe: nothing is edited.
		return
	}
	if !text.Agrees(all) {
		t.Errorf("of %q git reads %v, Parse %v", raw, all, text.Entries())
	}
}

func TestParseAsGit(t *testing.T) {
	g, file := realGit(t)
	for _, raw := range texts {
		samePlaces(t, g, file, []byte(raw))
	}
	for _, raw := range []string{"[a]\nb = c \\\n  d", "[a]\nb\n", "[a \"B\"]\n\td = \"e  f\" ; g\n", "[a]b=c\n[d]\n\te = f\n"} {
		text, err := Parse([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		all, err := g.List(t.Context(), "", "--file", file)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range text.Entries() {
			if e.Value != all[i].Value {
				t.Errorf("%q: %q, git reads %q", raw, e.Value, all[i].Value)
			}
		}
	}
}

// FuzzParse has Parse read what git reads, where git is there, and edits it: what was
// added is what git reads at the end, and without it the text is as before but for the
// end of its last line.
func FuzzParse(f *testing.F) {
	for _, raw := range texts {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, err := Parse(raw)
		if err != nil {
			return
		}
		g, file := realGit(t)
		samePlaces(t, g, file, raw)
		add := []Entry{{Section: "credential", URL: `https://h/"\`, Name: "helper"}, {Section: "credential", URL: `https://h/"\`, Name: "helper", Value: ` /a b/#"\;`}}
		edited := text.Edit(nil, add)
		again, err := Parse(edited)
		if err != nil {
			t.Fatalf("%q became %q: %v", raw, edited, err)
		}
		all := again.Entries()
		if diff := cmp.Diff(append(text.Entries(), add...), all); diff != "" {
			t.Errorf("%q became %q: %s", raw, edited, diff)
		}
		if _, err := g.List(t.Context(), "", "--file", file); err == nil {
			samePlaces(t, g, file, edited)
		}
		back := again.Edit([]int{len(all) - 2, len(all) - 1}, nil)
		for _, end := range []string{"", "\n", "\r\n", "\n\n", "\r\n\r\n"} {
			if string(back) == string(raw)+end {
				return
			}
		}
		t.Errorf("%q came back as %q", raw, back)
	})
}

func TestEdit(t *testing.T) {
	for _, c := range []struct {
		name, raw string
		drop      []int
		add       []Entry
		want      string
	}{
		{"the last of a section", "[a]\n\tb = c\n[d]\n\te = f\n", []int{0}, nil, "[d]\n\te = f\n"},
		{"one of two", "[a]\n\tb = c\n\td = e\n", []int{0}, nil, "[a]\n\td = e\n"},
		{"a comment stays", "[a]\n\t# mine\n\tb = c\n", []int{0}, nil, "[a]\n\t# mine\n"},
		{"beside its header", "[a] b = c\n\td = e\n", []int{0}, nil, "[a] \n\td = e\n"},
		{"over two lines", "[a]\n\tb = c \\\n d\n\te = f\n", []int{0}, nil, "[a]\n\te = f\n"},
		{"the end", "[a]\nb = c\nd", []int{1}, nil, "[a]\nb = c\n"},
		{"one section for several", "[a]", nil, []Entry{{Section: "b", URL: "c", Name: "d", Value: "e"}, {Section: "b", URL: "c", Name: "f", Value: ""}, {Section: "g", Name: "h", Value: "i;"}},
			"[a]\n[b \"c\"]\n\td = e\n\tf =\n[g]\n\th = \"i;\"\n"},
		{"CRLF", "[a]\r\n", nil, []Entry{{Section: "b", Name: "c", Value: "d"}}, "[a]\r\n[b]\r\n\tc = d\r\n"},
		{"a value that goes on", "[a]\nb = c\\", nil, []Entry{{Section: "b", Name: "c", Value: "d"}}, "[a]\nb = c\\\n\n[b]\n\tc = d\n"},
	} {
		text, err := Parse([]byte(c.raw))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(text.Edit(c.drop, c.add))); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if _, err := Parse([]byte("[a]\n\"\n")); !errors.Is(err, errSyntax) || err.Error() != "git cannot read it: bad line 2" {
		t.Errorf("got %v", err)
	}
}
