package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// anySetting is a flag that sets the key that its value names: KEY=VALUE, below a
// prefix. No value at all is one that the key itself may take, to un-set what it would
// inherit.
type anySetting struct {
	values map[string]string
	prefix string
}

// String returns nothing: there is no default.
func (anySetting) String() string { return "" }

// Type names the value in the help.
func (anySetting) Type() string { return "KEY=VALUE" }

// Set checks the key and its value.
func (s anySetting) Set(v string) error {
	key, value, ok := strings.Cut(v, "=")
	switch {
	case helper.LooksSecret(key) || helper.LooksSecret(value):
		return errors.New(helper.NotShown)
	case !ok || key == "":
		return fmt.Errorf("%q is not of the form KEY=VALUE", helper.OneLine(v, 120))
	}
	return setKey(s.values, s.prefix+key, value)
}
