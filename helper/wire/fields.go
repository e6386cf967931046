package wire

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Field is a member of a JSON object whose names are known: its name, and where
// its value is kept. That is a *string, *bool, *int64, *[]string or
// *map[string]string, a *[]byte for the raw value, or a []Field for an object in
// the object. One list of fields writes and reads a message. A plain string is
// written even if it is empty, and cannot be read into.
type Field struct {
	Name  string
	Value any
}

// F returns a field.
func F(name string, value any) Field { return Field{name, value} }

// Append appends the JSON object of the fields, without those that are zero.
func Append(b []byte, fields ...Field) []byte {
	b = append(b, '{')
	start := len(b)
	for _, f := range fields {
		if zero(f.Value) {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(appendString(b, f.Name), ':')
		b = appendValue(b, f.Value)
	}
	return append(b, '}')
}

func zero(value any) bool {
	switch v := value.(type) {
	case *string:
		return *v == ""
	case *bool:
		return !*v
	case *int64:
		return *v == 0
	case *[]string:
		return len(*v) == 0
	case *map[string]string:
		return len(*v) == 0
	case *[]byte:
		return len(*v) == 0
	}
	return false
}

func appendValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return appendString(b, v)
	case *string:
		return appendString(b, *v)
	case *bool:
		return strconv.AppendBool(b, *v)
	case *int64:
		return strconv.AppendInt(b, *v, 10)
	case *[]string:
		b = append(b, '[')
		for i, s := range *v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, s)
		}
		return append(b, ']')
	case *map[string]string:
		return AppendStrings(b, *v)
	case *[]byte:
		return append(b, *v...)
	case []Field:
		return Append(b, v...)
	}
	panic(fmt.Sprintf("a field of type %T", value))
}

// AppendStrings appends a map as a JSON object, sorted by name.
func AppendStrings(b []byte, all map[string]string) []byte {
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		b = appendString(b, all[name])
	}
	return append(b, '}')
}

// AppendShape appends the names and types of the fields, whatever their values:
// two lists of one shape read each other's messages.
func AppendShape(b []byte, fields ...Field) []byte {
	for _, f := range fields {
		b = append(append(b, f.Name...), ' ')
		if object, ok := f.Value.([]Field); ok {
			b = append(AppendShape(append(b, '{'), object...), '}')
		} else {
			b = fmt.Appendf(b, "%T", f.Value)
		}
		b = append(b, '\n')
	}
	return b
}

// Read reads a JSON object into the fields by the rules of encoding/json:
// names without regard to case, names that are no field's ignored, the last of
// a name counts, and null changes nothing but a list or a map, which it empties.
// The error names a field, never its value.
func Read(raw []byte, fields ...Field) error {
	if err := Check(raw); err != nil {
		return err
	}
	return readFields(raw, fields)
}

// Strings reads a JSON object whose names are not known and whose values are
// strings, by the same rules.
func Strings(raw []byte) (map[string]string, error) {
	if err := Check(raw); err != nil {
		return nil, err
	}
	all := map[string]string{}
	if raw = raw[skipSpace(raw, 0):]; !readMap(raw, &all) {
		return nil, errors.New("it is not a JSON object of strings")
	}
	return all, nil
}

// readFields reads what has passed Check.
func readFields(raw []byte, fields []Field) error {
	switch k := Kind(raw); k {
	case '{':
	case 'n':
		return nil
	default:
		return fmt.Errorf("it is a JSON %s instead of an object", Type(k))
	}
	for name, value := range Members(raw) {
		for _, f := range fields {
			if !strings.EqualFold(name, f.Name) {
				continue
			}
			if !readValue(value, f.Value) {
				return fmt.Errorf("%s has a value of the wrong type, a JSON %s", f.Name, Type(value[0]))
			}
			break
		}
	}
	return nil
}

// readValue reports whether the value has the type that is wanted.
func readValue(raw []byte, into any) bool {
	null := raw[0] == 'n'
	switch v := into.(type) {
	case *string:
		return null || readString(raw, v)
	case *bool:
		if !null {
			*v = raw[0] == 't'
		}
		return null || raw[0] == 't' || raw[0] == 'f'
	case *int64:
		if null {
			return true
		}
		n, err := strconv.ParseInt(string(raw), 10, 64)
		*v = n
		return err == nil
	case *[]string:
		return readList(raw, v)
	case *map[string]string:
		return readMap(raw, v)
	case *[]byte:
		*v = raw
		return true
	case []Field:
		return readFields(raw, v) == nil
	}
	panic(fmt.Sprintf("a field of type %T", into))
}

func readString(raw []byte, s *string) bool {
	if raw[0] != '"' {
		return false
	}
	*s = String(raw)
	return true
}

// readList reads an array of strings. A null in it is the empty string, or what
// an earlier array of the same name had in its place: encoding/json reads over
// the old elements.
func readList(raw []byte, list *[]string) bool {
	old := *list
	*list = nil
	if raw[0] == 'n' {
		return true
	}
	if raw[0] != '[' {
		return false
	}
	*list = []string{}
	for value := range elements(raw) {
		var s string
		if i := len(*list); i < len(old) {
			s = old[i]
		}
		if value[0] != 'n' && !readString(value, &s) {
			return false
		}
		*list = append(*list, s)
	}
	return true
}

// readMap adds an object of strings to the map.
func readMap(raw []byte, m *map[string]string) bool {
	if raw[0] == 'n' {
		*m = map[string]string{}
		return true
	}
	if raw[0] != '{' {
		return false
	}
	if *m == nil {
		*m = map[string]string{}
	}
	for name, value := range Members(raw) {
		var s string
		if value[0] != 'n' && !readString(value, &s) {
			return false
		}
		(*m)[name] = s
	}
	return true
}
