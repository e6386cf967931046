package helper

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/helper/wire"
)

// TestFieldsAreAll: what a target or an error says crosses the process boundary
// whole. A member that Fields forgets would be lost without a word.
func TestFieldsAreAll(t *testing.T) {
	var target, gotTarget Target
	fill(reflect.ValueOf(&target).Elem())
	if err := wire.Read(wire.Append(nil, target.Fields()...), gotTarget.Fields()...); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(target, gotTarget); diff != "" {
		t.Errorf("target: %s", diff)
	}
	var failed, gotFailed Error
	fill(reflect.ValueOf(&failed).Elem())
	if err := wire.Read(wire.Append(nil, failed.Fields()...), gotFailed.Fields()...); err != nil {
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
