package toolconfig

import (
	"bytes"
	"strings"
	"testing"
)

func mineTest(t text, i int, line string) bool { return t.marked(i) && line == "ours" }

// FuzzMarked has lines added anywhere in any text, and taken out again: what was there
// is there, byte for byte.
func FuzzMarked(f *testing.F) {
	for _, s := range []string{"", "\n", "a", "a\n", "a\r\nb\r\n", "\n\n", "[s]\na\n", "ours\n", "a\nours", "[s]\r\n", "\r"} {
		f.Add([]byte(s), 0, false)
		f.Add([]byte(s), 7, true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, at int, header bool) {
		if bytes.Contains(raw, []byte("by credential-iam configure")) {
			return
		}
		if len(raw) == 0 {
			raw = nil
		}
		now := newText(raw)
		if header {
			now = now.add(now.end(), "[ours]", "")
			now = now.add(now.end(), "ours", "")
		} else {
			now = now.add(min(max(at, 0), now.end()), "ours", "; more")
		}
		after := newText(now.bytes()).remove(mineTest, func(text, int, string) bool { return true }).bytes()
		if !bytes.Equal(after, raw) || (after == nil) != (raw == nil) {
			t.Errorf("%q became %q, and then %q", raw, now.bytes(), after)
		}
	})
}

// TestEmptyFile tells an empty file from none.
func TestEmptyFile(t *testing.T) {
	now := newText([]byte{}).add(0, "ours", "")
	if after := newText(now.bytes()).remove(mineTest, func(text, int, string) bool { return true }).bytes(); after == nil || len(after) != 0 {
		t.Errorf("%q", after)
	}
}

// TestChangedByOthers keeps what somebody else has made of our lines.
func TestChangedByOthers(t *testing.T) {
	all := func(text, int, string) bool { return true }
	for in, want := range map[string]string{
		added + "\nours\ntheirs\n":             "theirs\n",
		added + "\nother\n":                    "other\n",
		added + "\n[s]\ntheirs\n":              "[s]\ntheirs\n",
		added + "\n[s]\n" + added + "\nours":   "",
		displaced + "old\n" + added + "\nours": "old",
		"ours\n":                               "ours\n",
	} {
		if got := string(newText([]byte(in)).remove(mineTest, all).bytes()); got != want && !(strings.Trim(got, "\n") == "" && want == "") {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// TestRedacted shows the names of settings and no value of others.
func TestRedacted(t *testing.T) {
	const text = "key=hunter2\nkey: hunter2\n    hunter2\n\"hunter2\",\n[section]\n\n# hunter2\n" + displaced + "key=hunter2\n" + displaced + "hunter2\n" + added + "\nours\n"
	const want = "key=...\nkey:...\n...\n...\n[section]\n\n...\n" + displaced + "key=...\n" + displaced + "...\n" + added + "\nours\n"
	if got := string(redacted([]byte(text), mineTest)); got != want {
		t.Errorf("%s", got)
	}
}
