package bench

import (
	"context"
	"os"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// exec measures what a command waits for that is run as the account: the token is
// cached, and the command does nothing.
func (b *bench) exec(ctx context.Context) []row {
	var commands []command
	for _, name := range b.keystores(ctx) {
		if name == "keyring" {
			continue // its cost is that of the table "warm"
		}
		h, err := b.home("exec-"+name, b.iam, b.iam.UserADC(person), testenv.Section{"keystore": name})
		if err != nil {
			b.note("exec", name, err)
			continue
		}
		alone := []string{"/bin/sh", "-c", "echo done"}
		if commands == nil {
			commands = append(commands, command{name: "sh alone", args: alone, env: h.Environ(), stdin: os.DevNull, want: "done"})
		}
		commands = append(commands, command{
			name: "exec -- sh, " + name, args: append([]string{b.program("credential-iam"), "exec", "--"}, alone...),
			env: h.Environ(), stdin: os.DevNull, want: "done",
		})
	}
	return b.measure(ctx, "exec", b.options.n, commands)
}
