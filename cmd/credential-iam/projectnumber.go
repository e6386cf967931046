package main

import (
	"fmt"
	"strconv"

	"github.com/credential-iam/credential-iam/helper"
)

// projectNumber is a flag whose value is the number of a project.
type projectNumber string

// String returns the value, "" if the flag is not given.
func (n *projectNumber) String() string { return string(*n) }

// Type names the value in the help.
func (n *projectNumber) Type() string { return "NUMBER" }

// Set takes the digits of a number above zero.
func (n *projectNumber) Set(s string) error {
	if v, err := strconv.ParseInt(s, 10, 64); err != nil || v <= 0 || strconv.FormatInt(v, 10) != s {
		return fmt.Errorf("%q is not the number of a project; gcloud projects describe PROJECT prints it", helper.OneLine(s, 60))
	}
	*n = projectNumber(s)
	return nil
}
