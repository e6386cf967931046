package record

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
)

func ptr(s string) *string { return &s }

// TestSpans has texts that differ anyhow, and gets each back.
func TestSpans(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", "iam", ":", "gcloud", " ", "\n", "\t", `"`, "{", "}", ",", "\r\n", "é"}
	text := func() []byte {
		b := []byte{}
		for range r.IntN(30) {
			b = append(b, parts[r.IntN(len(parts))]...)
		}
		return b
	}
	for range 20000 {
		before, now := text(), text()
		spans, ok := compare(before, now)
		if !ok {
			t.Fatalf("%q and %q have no difference", before, now)
		}
		if got, ok := revert(now, spans); !ok || !bytes.Equal(got, before) {
			t.Fatalf("%q became %q, and came back as %q (%v)", before, now, got, spans)
		}
	}
}

// TestSpansAreFew has a password on the line that is edited: it is in no span.
func TestSpansAreFew(t *testing.T) {
	const before = `{"auths":{"ghcr.io":{"auth":"Z2VoZWltOmdlaGVpbQ=="}},"credHelpers":{"gcr.io":"gcloud"},"HttpHeaders":{"X":"geheim"}}`
	now := strings.Replace(before, `"gcloud"`, `"iam","eu.gcr.io":"iam"`, 1)
	now = strings.Replace(now, `{"auths"`, `{"plugins":{"iam@gcr.io":{"serviceAccount":"a@b"}},"auths"`, 1)
	spans, ok := compare([]byte(before), []byte(now))
	if !ok {
		t.Fatal("no difference")
	}
	old := ""
	for _, s := range spans {
		old += s.Old
	}
	if old != "gcloud" {
		t.Errorf("the spans hold %q", old)
	}
}

// A comment beside what was replaced is not copied: then the text before is not known.
func TestSpansHaveNoComments(t *testing.T) {
	e := &Entry{}
	e.Became([]byte("[a]\n\thelper = iam # geheim\n"), []byte("[b]\n\thelper = iam\n"))
	if _, ok := e.Before([]byte("[b]\n\thelper = iam\n")); ok || len(e.Spans) > 0 {
		t.Errorf("%+v", e)
	}
}

func FuzzRevert(f *testing.F) {
	f.Add([]byte("now"), 1, 1, "old")
	f.Fuzz(func(t *testing.T, now []byte, at, n int, old string) {
		if before, ok := revert(now, []Span{{At: at, Len: n, Old: old}}); ok && len(before) != len(now)-n+len(old) {
			t.Errorf("%q became %q", now, before)
		}
	})
}

func TestSettings(t *testing.T) {
	key := []string{"credHelpers", "gcr.io"}
	for name, c := range map[string]struct {
		sets [][2]*string
		want []Setting
	}{
		"one":               {[][2]*string{{ptr("gcloud"), ptr("iam")}}, []Setting{{key, ptr("gcloud"), ptr("iam")}}},
		"two in a row":      {[][2]*string{{ptr("a"), ptr("b")}, {ptr("b"), ptr("c")}}, []Setting{{key, ptr("a"), ptr("c")}}},
		"there and back":    {[][2]*string{{ptr("a"), ptr("b")}, {ptr("b"), ptr("a")}}, []Setting{}},
		"new":               {[][2]*string{{nil, ptr("b")}, {ptr("b"), ptr("c")}}, []Setting{{key, nil, ptr("c")}}},
		"somebody between":  {[][2]*string{{ptr("a"), ptr("b")}, {ptr("x"), ptr("b")}}, []Setting{{key, ptr("x"), ptr("b")}}},
		"removed by others": {[][2]*string{{ptr("a"), ptr("b")}, {nil, ptr("b")}}, []Setting{{key, ptr("a"), ptr("b")}}},
		"nothing":           {[][2]*string{{ptr("a"), ptr("a")}}, nil},
	} {
		e := &Entry{}
		for _, s := range c.sets {
			e.Set(key, s[0], s[1])
		}
		if diff := cmp.Diff(c.want, e.Settings); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestBefore(t *testing.T) {
	e := &Entry{}
	e.Became([]byte("{ }"), []byte(`{ "x": 1 }`))
	if before, ok := e.Before([]byte(`{ "x": 1 }`)); !ok || string(before) != "{ }" {
		t.Errorf("%q, %v", before, ok)
	}
	if before, ok := e.Before([]byte(`{ "x": 2 }`)); ok {
		t.Errorf("a text that others changed was taken for ours: %q", before)
	}
	e.Became(nil, []byte("x"))
	if before, ok := e.Before([]byte("x")); !ok || before != nil || !e.Made {
		t.Errorf("%q, %v", before, ok)
	}
	e.Became([]byte{}, []byte("x"))
	if before, ok := e.Before([]byte("x")); !ok || before == nil || len(before) > 0 {
		t.Errorf("%q, %v", before, ok)
	}
	if _, ok := (&Entry{}).Before(nil); ok {
		t.Error("a text is known that was never noted")
	}
	e.Became([]byte("\xff\xfe"), []byte("x")) // which JSON would not keep
	if _, ok := e.Before([]byte("x")); ok {
		t.Error("no text was noted as one")
	}
}

func TestBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "credential-iam", "configured.json")
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.Step(false) != nil {
		t.Error("an empty book is written")
	}
	b.Entry("/home/x/.docker/config.json").Set([]string{"credHelpers", "a"}, nil, ptr("<b>"))
	if err := files.Apply(t.Context(), b.Step(false)); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st, err)
	}
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.Files, again.Files); diff != "" {
		t.Error(diff)
	}
	if again.Step(false) != nil {
		t.Error("an unchanged book is written")
	}
	again.Forget("/home/x/.docker/config.json")
	if err := files.Apply(t.Context(), again.Step(false)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the book is left: %v", err)
	}
}

// A book that cannot be read is an error with a command, and never taken for empty.
func TestBadBook(t *testing.T) {
	texts := []string{"{", `{"files":1}`, "[]", `{"files":[null]}`, `{"files":[{"path":"a"}]}`, `{"files":[{"path":"/a"},{"path":"/a"}]}`, `{"folders":["a"]}`, `{"links":["../a"]}`}
	for _, settings := range []string{
		`{"key":[],"new":"a"}`, `{"key":null,"new":"a"}`, `{"key":["plugins"],"new":"a"}`, `{"key":["credHelpers"],"new":"a"}`,
		`{"key":["credHelpers","absent.example"],"old":null,"new":null}`, `{"key":["credHelpers","a"],"old":"b","new":"b"}`,
		`{"key":["plugins","other","x"],"new":"a"}`, `{"key":["auths","a"],"new":"a"}`, `{"key":["credential","https://a","helper"],"old":"x","new":"iam"}`,
		`{"key":["core","https://a","editor"],"new":"a"}`, `{"key":["http","https://a","proxy"],"new":"a"}`,
		`{"key":["credHelpers","a"],"new":"iam"},{"key":["credHelpers","a"],"new":"b"}`,
		`{"key":["credHelpers","a"],"new":"iam"},{"key":["credential","https://a","helper"],"new":"iam"}`,
	} {
		texts = append(texts, `{"files":[{"path":"/a","settings":[`+settings+`]}]}`)
	}
	for _, text := range texts {
		path := filepath.Join(t.TempDir(), "configured.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var e *files.Error
		if _, err := Open(path); !errors.As(err, &e) || e.Fix != "mv "+path+" "+path+".old" {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := Open(""); !errors.Is(err, ErrNoPlace) {
		t.Errorf("got %v", err)
	}
}

func TestPath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("another folder")
	}
	for _, c := range []struct{ xdg, home, want string }{
		{"/s", "/h", "/s/credential-iam/configured.json"}, {"", "/h", "/h/.local/state/credential-iam/configured.json"},
		{"relative", "/h", "/h/.local/state/credential-iam/configured.json"}, {"", "", ""}, {"relative", "", ""},
	} {
		if got := Path(func(string) string { return c.xdg }, c.home); got != c.want {
			t.Errorf("%q, %q: %s", c.xdg, c.home, got)
		}
	}
}
