package helper

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	for _, s := range append(seeds,
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
		gotErr := ReadFields(raw, got.fields()...)
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
		written := AppendFields(nil, got.fields()...)
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

// same compares as AppendFields writes: nothing and empty are one.
func same(a, b every) bool {
	return a.S == b.S && a.B == b.B && a.N == b.N && len(a.L) == len(b.L) && (len(a.L) == 0 || reflect.DeepEqual(a.L, b.L)) &&
		len(a.M) == len(b.M) && (len(a.M) == 0 || reflect.DeepEqual(a.M, b.M)) && string(a.R) == string(b.R) && a.O == b.O
}

// TestFieldsAreAll: what a target or an error says crosses the process boundary
// whole. A member that Fields forgets would be lost without a word.
func TestFieldsAreAll(t *testing.T) {
	var target, gotTarget Target
	fill(reflect.ValueOf(&target).Elem())
	if err := ReadFields(AppendFields(nil, target.Fields()...), gotTarget.Fields()...); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(target, gotTarget); diff != "" {
		t.Errorf("target: %s", diff)
	}
	var failed, gotFailed Error
	fill(reflect.ValueOf(&failed).Elem())
	if err := ReadFields(AppendFields(nil, failed.Fields()...), gotFailed.Fields()...); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(failed, gotFailed); diff != "" {
		t.Errorf("error: %s", diff)
	}
}

// fill gives every member of a struct a value of its own.
func fill(v reflect.Value) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("the " + name)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int64:
			f.SetInt(int64(i + 1))
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"first " + name, "second"}))
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]string{"a": name, "b": ""}))
		case reflect.Struct:
			fill(f)
		case reflect.Interface: // the cause, which stays behind
		default:
			panic("a member of kind " + f.Kind().String())
		}
	}
}

func TestReadStrings(t *testing.T) {
	for in, want := range map[string]map[string]string{
		`{"a":"b","c":null}`: {"a": "b", "c": ""}, ` null`: {}, `{}`: {},
		``: nil, `[]`: nil, `"x"`: nil, `{"a":5}`: nil, `{"a":"b"} x`: nil,
	} {
		got, err := ReadStrings([]byte(in))
		if (err == nil) != (want != nil) || err == nil && !cmp.Equal(got, want) {
			t.Errorf("%q: got %v, %v, want %v", in, got, err, want)
		}
	}
}
