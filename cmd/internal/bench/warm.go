package bench

import (
	"context"
	"os"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

const robot, subject = "robot@demo-project.iam.gserviceaccount.com", "repo:example/app"

// tables are what measures each table.
func (b *bench) tables() map[string]func(context.Context) []row {
	return map[string]func(context.Context) []row{
		"warm": b.warm, "tools": b.tools, "peers": b.others, "exec": b.exec, "requests": b.requests, "start": b.start, "cold": b.cold, "tls": b.tls, "far": b.far, "parallel": b.parallel, "clients": b.clients, "asks": b.asks, "growth": b.growth,
	}
}

// warm measures what docker and git wait for most of the time: a token that is
// cached.
func (b *bench) warm(ctx context.Context) []row {
	var commands []command
	for _, name := range b.keystores(ctx) {
		h, err := b.home("warm-"+name, b.iam, b.iam.UserADC(person), testenv.Section{"keystore": name})
		if err != nil {
			b.note("warm", name, err)
			continue
		}
		if name == "keyring" {
			h.Env["DBUS_SESSION_BUS_ADDRESS"] = b.session.Address
		}
		env := h.Environ()
		docker, git := b.dockerGet(name, env), b.gitGet(name, env)
		// Under valgrind the Secret Service runs out of its time limit.
		docker.counted, git.counted = name != "keyring", name != "keyring"
		commands = append(commands, docker, git)
	}
	if len(commands) > 0 {
		env := commands[0].env
		foreign, err := b.input("foreign", "protocol=https\nhost=git.example.org\n\n")
		if err == nil {
			commands = append(commands,
				command{name: "git get, not our host", args: []string{b.program("git-credential-iam"), "get"}, env: env, stdin: foreign},
				command{name: "git store", args: []string{b.program("git-credential-iam"), "store"}, env: env, stdin: foreign})
		}
	}
	return b.measure(ctx, "warm", b.options.n, commands)
}

// dockerGet is what docker runs before a pull or a push.
func (b *bench) dockerGet(name string, env []string) command {
	in, err := b.input("docker-host", dockerHost)
	if err != nil {
		b.note("warm", name, err)
	}
	return command{
		name: "docker get, " + name, args: []string{b.program("docker-credential-iam"), "get"}, env: env, stdin: in,
		want: `"Secret":"ya29.`,
	}
}

// gitGet is what git runs before a fetch or a push.
func (b *bench) gitGet(name string, env []string) command {
	in, err := b.input("git-host", "capability[]=authtype\nprotocol=https\nhost="+gitHost+"\nwwwauth[]=Basic realm=\"x\"\n\n")
	if err != nil {
		b.note("warm", name, err)
	}
	return command{
		name: "git get, " + name, args: []string{b.program("git-credential-iam"), "get"}, env: env, stdin: in,
		want: "password=ya29.",
	}
}

// start measures what each program takes to start and print its version.
func (b *bench) start(ctx context.Context) []row {
	var commands []command
	for _, name := range ours {
		arg := "--version"
		if name == "docker-credential-iam" || name == "credential-iam" {
			arg = "version"
		}
		commands = append(commands, command{
			name: name, args: []string{b.program(name), arg}, env: b.plain.Environ(), stdin: os.DevNull, want: "credential-iam",
		})
	}
	return b.measure(ctx, "start", b.options.n, commands)
}
