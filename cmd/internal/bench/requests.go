package bench

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// How many programs run, one after the other: fewer of gcloud, which takes a second.
const (
	manyPrograms = 100
	fewPrograms  = 2
)

// requests counts what Google is asked for when a hundred programs work as the account:
// inside exec, with an impersonated file made by hand, and with gcloud's impersonation.
func (b *bench) requests(ctx context.Context) []row {
	var commands []command
	for _, way := range []func() (command, error){b.inside, b.withFile, b.withGcloud} {
		c, err := way()
		if err != nil {
			b.note("requests", cmp.Or(c.name, withGcloud), err)
			continue
		}
		c.stdin, c.want = os.DevNull, "done"
		commands = append(commands, c)
	}
	return b.measure(ctx, "requests", fewest, commands)
}

// inside is exec, whose token is not cached.
func (b *bench) inside() (command, error) {
	h, err := b.home("requests", b.iam, b.iam.UserADC(person), testenv.Section{"keystore": b.fastKeystore()})
	if err != nil {
		return command{}, err
	}
	erase := b.dockerGet("", h.Environ())
	return command{
		name: fmt.Sprintf("%d programs inside exec", manyPrograms), env: h.Environ(),
		args:   append([]string{b.program("credential-iam"), "exec", "--"}, repeat(manyPrograms, b.program("library"))...),
		before: b.prepare(erase.env, erase.stdin, "docker-credential-iam", "erase"),
	}, nil
}

// withFile is the credential file that gcloud writes for impersonation.
func (b *bench) withFile() (command, error) {
	h, err := b.newHome("requests-file")
	if err != nil {
		return command{}, err
	}
	err = h.SignIn(b.iam.ImpersonatedADC(b.iam.UserADC(person), deployer))
	return command{
		name: fmt.Sprintf("%d programs, an impersonated file", manyPrograms), env: h.Environ("GOOGLE_APPLICATION_CREDENTIALS=" + h.ADC()),
		args: repeat(manyPrograms, b.program("library")),
	}, err
}

// withGcloud is gcloud with auth/impersonate_service_account.
func (b *bench) withGcloud() (command, error) {
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		return command{}, err
	}
	h, err := b.gcloud("requests-gcloud")
	return command{
		name: fmt.Sprintf("%d of gcloud, impersonating", fewPrograms), env: h.Environ(), most: 1,
		args: repeat(fewPrograms, gcloud+" auth print-access-token --quiet >/dev/null"),
	}, err
}

// repeat runs a line of a shell n times.
func repeat(n int, line string) []string {
	return []string{"/bin/sh", "-c", fmt.Sprintf("i=0; while [ $i -lt %d ]; do %s || exit 1; i=$((i+1)); done; echo done", n, line)}
}
