// A process of two milliseconds need not watch how many processors it may use; to
// start doing so takes a fiftieth of its time.
//
//go:debug updatemaxprocs=0

// Credential-iam-client lets tools beyond docker and git work as a Google service
// account, without a service account key: it answers each by the protocol by which
// the tool asks for credentials, from the same configuration and cache.
//
//	$ echo '{"uri":"https://europe-docker.pkg.dev/v2/"}' | bazel-credential-iam get
//	{"headers":{"Authorization":["Basic ..."]},"expires":"2026-11-28T12:00:00Z"}
//
// The first argument selects the protocol: bazel, cargo, goauth, header, keyring, kube,
// kubelet or terraform. Where a tool fixes the name of the program, that name does.
// "credential-iam help clients" says how each tool is made to run it.
//
// Like docker-credential-iam and git-credential-iam it has no network code: it
// answers from the keystore, and has credential-iam mint what is missing.
package main

import (
	"os"

	"github.com/credential-iam/credential-iam/cmd/internal/client"
	"github.com/credential-iam/credential-iam/helper/adapter"
)

func main() {
	program, args := client.Program(os.Args)
	os.Exit(adapter.Run(program,
		adapter.Process{Args: args, Getenv: os.Getenv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}))
}
