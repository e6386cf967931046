package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/wire/wiretest"
)

// FuzzScan holds the scanner beside encoding/json: what is JSON, where the first
// value of a text ends, and what is said of a text that is not JSON.
func FuzzScan(f *testing.F) {
	for _, s := range append(wiretest.Seeds(),
		`"0123456`, `"01234567"`, `"0123456\"89abcdef"`, "\"0123456\x1f9\"", `"\u00zz"`, `"\u12`, `[0,-0,01,1.,1.5e+7,.5,1e]`, `-`, `0x`, `truefalse`, `{"a":1}{`, `[1,]`, `{,}`, `{"a" "b"}`, `[1 2]`, "null\x00",
		strings.Repeat("[", 10000)+strings.Repeat("]", 10000), strings.Repeat("[", 10001)+strings.Repeat("]", 10001), "\"\xff\xfe\x80 0123456\"",
	) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		end := scan(raw, skipSpace(raw, 0), 1)
		if valid := end >= 0 && skipSpace(raw, end) == len(raw); valid != json.Valid(raw) {
			t.Fatalf("valid: %v, encoding/json says %v", valid, json.Valid(raw))
		}
		var value json.RawMessage
		err := json.NewDecoder(bytes.NewReader(raw)).Decode(&value)
		if (end >= 0) != (err == nil) || end >= 0 && string(bytes.TrimSpace(raw[:end])) != string(value) {
			t.Fatalf("first value ends at %d, encoding/json says %q, %v", end, value, err)
		}
		var names []string
		walked := Walk(raw, 0, 0, func(from, to, at int) int {
			names = append(names, string(raw[from:to]))
			return Walk(raw, at, 1, func(_, _, at int) int { return Walk(raw, at, 2, nil) })
		})
		if walked != end {
			t.Fatalf("Walk ends at %d, scan at %d", walked, end)
		}
		for name := range Members(raw[:max(end, 0)]) {
			if String([]byte(names[0])) != name {
				t.Fatalf("Walk says %s, Members %q", names[0], name)
			}
			names = names[1:]
		}
		got := Check(raw)
		var want *json.SyntaxError
		if !errors.As(json.Unmarshal(raw, &value), &want) || bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) {
			return
		}
		at := int(want.Offset) - 1
		if strings.HasPrefix(want.Error(), "unexpected end") {
			at = len(raw)
		}
		if text := Position(raw, at) + ": not valid JSON: " + want.Error(); got == nil || got.Error() != text {
			t.Errorf("%v, encoding/json says %s", got, text)
		}
	})
}
