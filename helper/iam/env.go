package iam

import (
	"io"
	"os"

	"github.com/credential-iam/credential-iam/helper"
)

// ownEnv is the environment of a process that gave none: a program that imports the
// package is not to know more than its own calls.
func ownEnv() helper.Env { return helper.SystemEnv("credential-iam", os.Getenv, io.Discard) }
