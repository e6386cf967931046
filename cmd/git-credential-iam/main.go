// A process of two milliseconds need not watch how many processors it may use; to
// start doing so takes a fiftieth of its time.
//
//go:debug updatemaxprocs=0

// Git-credential-iam lets git read and write, over HTTPS, as a Google service
// account, without a service account key.
//
//	$ printf 'protocol=https\nhost=source.developers.google.com\n' |
//	    git-credential-iam get
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
	"os"

	"github.com/credential-iam/credential-iam/helper/adapter"
)

func main() {
	os.Exit(adapter.Run(adapter.Program{Name: program, Usage: usage, Answer: answer},
		adapter.Process{Args: os.Args[1:], Getenv: os.Getenv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}))
}
