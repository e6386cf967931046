package bench

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// clients measures whole commands of git and docker, with us and with a
// credential that costs nothing: the difference is all that anybody waits for.
func (b *bench) clients(ctx context.Context) []row {
	token := b.iam.AccessToken(deployer, time.Hour)
	var commands []command
	if c, err := b.fetches(ctx, token); err != nil {
		b.note("clients", "git fetch", err)
	} else {
		commands = append(commands, c...)
	}
	if c, err := b.pushes(ctx, token); err != nil {
		b.note("clients", "docker push", err)
	} else {
		commands = append(commands, c...)
	}
	return b.measure(ctx, "clients", max(fewest, b.options.n/4), commands)
}

// fetches is "git fetch" of nothing new.
func (b *bench) fetches(ctx context.Context, token string) ([]command, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, err
	}
	served := filepath.Join(b.dir, "served")
	if err := os.Mkdir(served, 0o700); err != nil {
		return nil, err
	}
	server, err := iamtest.NewGitServer(b.iam, iamtest.GitOptions{Dir: served})
	if err != nil {
		return nil, err
	}
	server.AllowWriter(deployer)
	h, err := b.home("clients-git", b.iam, b.iam.UserADC(person), testenv.Section{"keystore": b.fastKeystore()}, server.Host)
	if err != nil {
		return nil, err
	}
	env := h.Environ()
	url := server.URL + "/app.git"
	work := filepath.Join(b.dir, "work")
	static := "http://user:" + token + "@" + server.Host + "/app.git"
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main", work},
		{"-C", work, "-c", "user.name=Dev", "-c", "user.email=" + person, "commit", "--quiet", "--allow-empty", "--message=first"},
		{"-C", work, "push", "--quiet", static, "main"},
		{"-C", work, "config", "credential.helper", "iam"},
		{"-C", work, "remote", "add", "iam", url},
		{"-C", work, "remote", "add", "static", static},
		{"-C", work, "fetch", "--quiet", "static"},
	} {
		cmd := exec.CommandContext(ctx, git, args...)
		cmd.Env = env
		if err := tell(cmd); err != nil {
			return nil, err
		}
	}
	fetch := func(name, remote string) command {
		return command{name: name, args: []string{git, "-C", work, "fetch", remote}, env: env, stdin: os.DevNull}
	}
	commands := []command{fetch("git fetch, static credential", "static"), fetch("git fetch, with us", "iam")}
	c, err := b.gcloudFetch(git, work, static, token)
	if err != nil {
		b.note("clients", "git fetch, gcloud's helper", err)
		return commands, nil
	}
	return append(commands, c), nil
}

// gcloudFetch is the same with gcloud's helper. That one answers Google's hosts
// alone, so a line of shell asks it for one of them in the server's name.
func (b *bench) gcloudFetch(git, work, static, token string) (command, error) {
	helper, err := exec.LookPath("git-credential-gcloud.sh")
	if err != nil {
		return command{}, err
	}
	h, err := b.gcloud("clients-gcloud")
	if err != nil {
		return command{}, err
	}
	ask := "!f() { test \"$1\" = get || return 0; printf 'protocol=https\\nhost=" + gitHost + "\\n\\n' | '" + helper + "' get; }; f"
	return command{
		name: "git fetch, gcloud's helper", env: h.Environ(), stdin: os.DevNull, most: fewSlow,
		args: []string{git, "-C", work, "-c", "credential.helper=", "-c", "credential.helper=" + ask,
			"fetch", strings.Replace(static, "user:"+token+"@", "", 1)},
	}, nil
}
