package dockerconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tailscale/hujson"

	"github.com/credential-iam/credential-iam/helper/wire"
)

// TypeError is a value of a type that docker does not read.
type TypeError struct {
	// Names lead to the value from the top level.
	Names []string
	// position is its line and column, found its type, want the one that it must have.
	position, found, want string
}

// Error says which value it is, and of which type.
func (e *TypeError) Error() string {
	article := "a"
	if strings.ContainsAny(e.want[:1], "aeiou") {
		article = "an"
	}
	return fmt.Sprintf("%s: %s is a JSON %s instead of %s %s; docker stops reading the file there",
		e.position, place(e.Names), e.found, article, e.want)
}

// typeError finds the value that encoding/json could not decode.
func typeError(raw []byte, root hujson.Value, err error) error {
	var typ *json.UnmarshalTypeError
	if !errors.As(err, &typ) {
		return fmt.Errorf("docker cannot read it: %w", err)
	}
	found, names := deepest(root, int(typ.Offset))
	e := &TypeError{
		Names: names, position: wire.Position(raw, found.StartOffset),
		found: wire.Type(byte(found.Value.Kind())), want: "string",
	}
	switch typ.Type.Kind().String() {
	case "map", "struct":
		e.want = "object"
	case "slice":
		e.want = "array"
	}
	return e
}
