package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// choice is a flag whose value is one of a few words.
type choice struct {
	value, kind string
	of          []string
}

// String returns the value, "" if the flag is not given.
func (c *choice) String() string { return c.value }

// Type names the value in the help.
func (c *choice) Type() string { return c.kind }

// Set takes one of the words.
func (c *choice) Set(v string) error {
	if !slices.Contains(c.of, v) {
		return fmt.Errorf("%q is not one of %s", helper.OneLine(v, 60), strings.Join(c.of, ", "))
	}
	c.value = v
	return nil
}
