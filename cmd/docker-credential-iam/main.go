// A process of two milliseconds need not watch how many processors it may use; to
// start doing so takes a fiftieth of its time.
//
//go:debug updatemaxprocs=0

// Docker-credential-iam lets docker, and every client that speaks docker's
// credential helper protocol, pull and push as a Google service account, without
// a service account key.
//
//	$ echo europe-docker.pkg.dev | docker-credential-iam get
//	{"ServerURL":"europe-docker.pkg.dev",
//	 "Username":"oauth2accesstoken","Secret":"ya29..."}
//
// Docker runs it as "docker-credential-iam get|store|erase|list|version" where
// credHelpers or credsStore of its configuration names "iam". The sections "iam"
// and "iam@HOST" below plugins in the same file name the account.
//
// For a host that is not configured and not a built-in Google host it prints
// docker's own "credentials not found in native keychain" on standard output, at
// once and without a network call, and prints that for nothing else: every other
// failure is one line that says what to do, on standard output, because that is the
// line docker quotes, and on standard error, because docker up to 28.5 does not. On
// success nothing goes to standard error.
//
// The program has no network code. It answers from the keystore, and has
// credential-iam mint what is missing.
package main

import (
	"os"

	"github.com/credential-iam/credential-iam/helper/adapter"
)

func main() {
	os.Exit(adapter.Run(adapter.Program{Name: program, Answer: answer},
		adapter.Process{Args: os.Args[1:], Getenv: os.Getenv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}))
}
