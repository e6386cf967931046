// A process of two milliseconds need not watch how many processors it may use; to
// start doing so takes a fiftieth of its time.
//
//go:debug updatemaxprocs=0

// Git-credential-iam lets git read and write, over HTTPS, as a Google service
// account, without a service account key.
//
//	$ printf 'protocol=https\nhost=source.developers.google.com\n' | git-credential-iam get
//	username=deployer@proj.iam.gserviceaccount.com
//	password=ya29...
//	password_expiry_utc=1767225600
//
// Git runs it as "git-credential-iam get|store|erase" (gitcredentials(7)) where
// credential.helper names "iam". The sections "iam" and "iam@HOST" below plugins
// in ~/.docker/config.json name the account.
//
// Its input is hostile: a URL in a submodule or a redirect decides it. For a host
// that is not answered, a request without protocol or host and an unknown
// operation there is no output, and exit status 0. Where a host is answered and
// there is no token, the cause is one line on standard error, and "quit=1" stops
// git from asking a person for a password.
//
// The program has no network code. It answers from the keystore, and has
// credential-iam mint what is missing.
package main

import (
	"context"
	"os"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/keystore"
)

const program = "git-credential-iam"

func main() {
	helper.ReserveStack()
	keystore.Harden()
	env := helper.SystemEnv(program, os.Getenv, os.Stderr)
	exec := mint.Exec{Now: env.Now}
	if env.Log != nil {
		exec.Stderr = os.Stderr
	}
	a := git{env: env, exec: exec}
	os.Exit(a.run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
