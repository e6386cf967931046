package wire

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/helper/wire/wiretest"
)

// every is one field of every type, and the struct that encoding/json takes for
// the same.
type every struct {
	S string            `json:"s"`
	B bool              `json:"b"`
	N int64             `json:"n"`
	L []string          `json:"l"`
	M map[string]string `json:"m"`
	R json.RawMessage   `json:"r"`
	O struct {
		S string `json:"s"`
	} `json:"o"`
}

func (e *every) fields() []Field {
	return []Field{
		{"s", &e.S}, {"b", &e.B}, {"n", &e.N}, {"l", &e.L}, {"m", &e.M}, {"r", (*[]byte)(&e.R)},
		{"o", []Field{{"s", &e.O.S}}},
	}
}

// FuzzFields holds what is read into fields beside what encoding/json reads into
// a struct, and what is written beside what was read.
func FuzzFields(f *testing.F) {
	for _, s := range append(wiretest.Seeds(),
		`{"s":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx\udE00\ud83d\u0041","b":true,"n":-9223372036854775808,"r":[1, {}]}`,
		`{"S":null,"b":null,"n":null,"l":null,"m":null,"r":null,"o":null}`, `{"b":false,"b":"true"}`, `{"n":1.0}`, `{"n":9223372036854775808}`,
		`{"o":{"S":"x","o":{}}}`, `{"o":null,"o":{"s":5}}`, `{"l":["a","b","c"],"l":["d",null],"l":[]}`, `{"l":[["a"]]}`,
		`{"m":{"a":"b","c":null},"m":{"a":"d"}}`, `{"m":{"a":5}}`, `{"o":[]}`, "{\"s\":\"\x7f\u0080\xc3\x28\"}",
	) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got, want every
		err := json.Unmarshal(raw, &want)
		gotErr := Read(raw, got.fields()...)
		if (gotErr == nil) != (err == nil) {
			t.Fatalf("error %v, encoding/json says %v", gotErr, err)
		}
		if err != nil {
			return
		}
		if want.M == nil {
			got.M = nil // null leaves an empty map here, and none there
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		written := Append(nil, got.fields()...)
		var back every
		if err := json.Unmarshal(written, &back); err != nil {
			t.Fatalf("%v: %s", err, written)
		}
		if back.R == nil {
			back.R = want.R // "" and null are not written
		}
		if !same(back, want) {
			t.Error(cmp.Diff(want, back))
		}
	})
}

// same compares as Append writes: nothing and empty are one.
func same(a, b every) bool {
	return a.S == b.S && a.B == b.B && a.N == b.N && len(a.L) == len(b.L) && (len(a.L) == 0 || reflect.DeepEqual(a.L, b.L)) &&
		len(a.M) == len(b.M) && (len(a.M) == 0 || reflect.DeepEqual(a.M, b.M)) && string(a.R) == string(b.R) && a.O == b.O
}

func TestStrings(t *testing.T) {
	for in, want := range map[string]map[string]string{
		`{"a":"b","c":null}`: {"a": "b", "c": ""}, ` null`: {}, `{}`: {},
		``: nil, `[]`: nil, `"x"`: nil, `{"a":5}`: nil, `{"a":"b"} x`: nil,
	} {
		got, err := Strings([]byte(in))
		if (err == nil) != (want != nil) || err == nil && !cmp.Equal(got, want) {
			t.Errorf("%q: got %v, %v, want %v", in, got, err, want)
		}
	}
}
