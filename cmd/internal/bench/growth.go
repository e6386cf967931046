package bench

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/keystore"
)

// growth measures what is cached and configured by the thousand: docker's warm get
// against hosts with a section and against cached tokens, status and doctor against hosts.
func (b *bench) growth(ctx context.Context) []row {
	const cached = 1000
	var commands []command
	for _, n := range []int{10, 100, 1000, 10_000} {
		hosts := make([]string, n)
		for i := range hosts {
			hosts[i] = fmt.Sprintf("registry-%05d.example.com", i)
		}
		h, err := b.home("growth", b.iam, b.iam.UserADC(person), testenv.Section{"keystore": "tmpfs"}, hosts...)
		if err != nil {
			b.note("growth", "home", err)
			return nil
		}
		name := fmt.Sprintf("%d hosts", n)
		commands = append(commands, b.dockerGet(name, h.Environ()))
		for _, verb := range []string{"status", "doctor"} {
			commands = append(commands, command{
				name: verb + ", " + name, args: []string{b.program("credential-iam"), verb}, env: h.Environ(), stdin: os.DevNull, want: hosts[0], most: fewest,
			})
		}
	}
	h, err := b.home("growth", b.iam, b.iam.UserADC(person), testenv.Section{"keystore": "tmpfs"})
	if err == nil {
		err = fill(ctx, h, cached)
	}
	if err != nil {
		b.note("growth", "cached tokens", err)
	} else {
		commands = append(commands, b.dockerGet(fmt.Sprintf("%d cached tokens", cached), h.Environ()))
	}
	return b.measure(ctx, "growth", b.options.n, commands)
}

// fill puts tokens of nobody's into the home's memory file system.
func fill(ctx context.Context, h *testenv.Home, n int) error {
	s, err := keystore.Open(ctx, "tmpfs", keystore.Options{Getenv: h.Getenv, Now: time.Now})
	for i := 0; i < n && err == nil; i++ {
		now := time.Now()
		e := keystore.Entry{Secret: keystore.NewSecret("ya29." + strings.Repeat("x", 1000)), Issued: now, Expires: now.Add(time.Hour)}
		err = s.Put(ctx, keystore.NewKey("access", deployer, fmt.Sprintf("%032x", i)), e)
	}
	return err
}
