// Credential-iam is the core behind docker-credential-iam and
// git-credential-iam, and the command that a person types.
//
//	credential-iam configure --service-account deployer@proj.iam.gserviceaccount.com \
//	    --docker europe-docker.pkg.dev \
//	    --git https://dev-1234567890-git.europe-west4.sourcemanager.dev
//	credential-iam doctor
//	credential-iam status
//	credential-iam token --service-account deployer@proj.iam.gserviceaccount.com
//
// Run by an adapter as "credential-iam mint", it reads one target on standard
// input, mints a token for it through the IAM Service Account Credentials API
// or an issuer plugin, and prints it. It keeps no state but what the keystore
// holds.
//
// Standard output is the answer and nothing else, standard error is
// information, --json is the stable form, exit status 2 is a usage mistake, and 130 is
// Ctrl-C.
package main

import (
	"context"
	"io"
	"log"
	"os"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/keystore"
)

func main() {
	inherit := keystore.Harden()
	log.SetOutput(io.Discard)              // with GODEBUG=http2debug=2 Go's client logs every header, tokens too
	if os.Getenv(mint.Processors) == "1" { // the adapter's setting for this process, not for plugins and gcloud
		_ = os.Unsetenv(mint.Processors)
	}
	stepOutside()
	executable, _ := os.Executable()
	a := &app{
		Core: core.Core{
			Env:        helper.SystemEnv("credential-iam", os.Getenv, os.Stderr),
			Executable: executable, Environ: os.Environ(),
		},
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, inherit: inherit,
	}
	os.Exit(a.run(context.Background(), os.Args[1:]))
}

// stepOutside undoes in this process, and so for all that it starts, what an outer
// "credential-iam exec" has changed.
func stepOutside() {
	inside, err := helper.InsideExec(os.Getenv)
	if err != nil {
		return // whoever asks for an account is told: helper.Env has it too
	}
	for _, name := range inside.Names() {
		if value, there := inside.Outside(name, os.Getenv(name)); there {
			_ = os.Setenv(name, value)
		} else {
			_ = os.Unsetenv(name)
		}
	}
}
