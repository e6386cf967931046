package iam

import (
	"cmp"
	"io"
	"os"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// completeEnv returns env with what it lacks: without a Getenv it is that of this
// process, since a program that imports the package is not to know more than its own
// calls.
func completeEnv(env helper.Env) helper.Env {
	if env.Getenv == nil {
		own := helper.SystemEnv("credential-iam", os.Getenv, io.Discard)
		env.Getenv, env.HomeDir, env.Unknown = own.Getenv, cmp.Or(env.HomeDir, own.HomeDir), own.Unknown
		if env.Log == nil {
			env.Log = own.Log
		}
	}
	if env.Now == nil {
		env.Now = time.Now
	}
	return env
}
