// A process of two milliseconds need not watch how many processors it may use; to
// start doing so takes a fiftieth of its time.
//
//go:debug updatemaxprocs=0

// Docker-credential-iam lets docker, and every client that speaks docker's
// credential helper protocol, pull and push as a Google service account, without
// a service account key.
//
//	$ echo europe-docker.pkg.dev | docker-credential-iam get
//	{"ServerURL":"europe-docker.pkg.dev","Username":"oauth2accesstoken","Secret":"ya29..."}
//
// Docker runs it as "docker-credential-iam get|store|erase|list|version" where
// credHelpers or credsStore of its configuration names "iam". The sections "iam"
// and "iam@HOST" below plugins in the same file name the account.
//
// For a host that is not configured and not a built-in Google host it prints
// docker's own "credentials not found in native keychain", at once and without a
// network call, and prints that for nothing else: every other failure is one line
// on standard output that says what to do, because that is the line docker
// quotes. On success nothing goes to standard error.
//
// The program has no network code. It answers from the keystore, and has
// credential-iam mint what is missing.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/docker/docker-credential-helpers/credentials"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/keystore"
)

const program = "docker-credential-iam"

func main() {
	helper.ReserveStack()
	keystore.Harden()
	env := helper.SystemEnv(program, os.Getenv, os.Stderr)
	exec := mint.Exec{Now: env.Now}
	if env.Log != nil {
		exec.Stderr = os.Stderr
	}
	a := &docker{ctx: context.Background(), env: env, exec: exec, stderr: os.Stderr}
	os.Exit(a.run(os.Args[1:], os.Stdin, os.Stdout))
}

// run answers one command and returns the exit code. Docker's clients know no
// other than 0 and 1.
func (a *docker) run(args []string, in io.Reader, out io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintln(out, "usage: "+program+" get|store|erase|list|version")
		return 1
	}
	var answer bytes.Buffer
	err := a.serve(args[0], in, &answer)
	if err != nil {
		answer.Reset()
		fmt.Fprintln(&answer, line(err))
	}
	if _, lost := out.Write(answer.Bytes()); lost != nil {
		err = fmt.Errorf("write the answer: %w", lost)
		a.note(err)
	}
	if err != nil {
		return 1
	}
	return 0
}

// line returns what docker will quote.
func line(err error) string {
	if credentials.IsErrCredentialsNotFound(err) || credentials.IsCredentialsMissingServerURL(err) ||
		credentials.IsCredentialsMissingUsername(err) {
		return err.Error()
	}
	return program + ": " + helper.OneLine(err.Error(), 2000)
}
