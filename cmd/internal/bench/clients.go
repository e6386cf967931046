package bench

import (
	"context"
	"os"
	"os/exec"
	"slices"
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

// repository is one of git's with a clone of it, and the ways to a credential.
type repository struct {
	git  string // the program
	home *testenv.Home
	// work is a clone whose remotes are iam, and static with a login in its URL.
	work, url, static string
	token             string
}

// repository makes one commit at a server, and has git ask us as configure makes it.
func (b *bench) repository(ctx context.Context, token string) (*repository, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, err
	}
	served, err := os.MkdirTemp(b.dir, "served-")
	if err != nil {
		return nil, err
	}
	server, err := iamtest.NewGitServer(b.iam, iamtest.GitOptions{Dir: served})
	if err != nil {
		return nil, err
	}
	server.AllowWriter(deployer)
	r := &repository{git: git, url: server.URL + "/app.git", token: token, work: served + "-work"}
	r.static = "http://user:" + token + "@" + server.Host + "/app.git"
	if r.home, err = b.home("clients-git", b.iam, b.iam.UserADC(person), testenv.Section{"keystore": b.fastKeystore()}, server.Host); err != nil {
		return nil, err
	}
	if err := r.home.GitPerson(); err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{b.program("credential-iam"), "configure", "--no-check", "--git", server.URL},
		{git, "init", "--quiet", "--initial-branch=main", r.work},
		{git, "-C", r.work, "commit", "--quiet", "--allow-empty", "--message=first"},
		{git, "-C", r.work, "push", "--quiet", r.static, "main"},
		{git, "-C", r.work, "remote", "add", "iam", r.url},
		{git, "-C", r.work, "remote", "add", "static", r.static},
		{git, "-C", r.work, "fetch", "--quiet", "static"},
	} {
		if err := r.run(ctx, args...); err != nil {
			return nil, err
		}
	}
	return r, r.home.Write("store", []byte("http://user:"+token+"@"+server.Host+"\n"))
}

// run runs a program in the home.
func (r *repository) run(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = r.home.Environ()
	return tell(cmd)
}

// with are the arguments that have git ask one helper alone, "" for none.
func with(helper string) []string {
	args := []string{"-c", "credential.helper="}
	if helper != "" {
		args = append(args, "-c", "credential.helper="+helper)
	}
	return args
}

// stored is git's own helper with a credential in a file.
func (r *repository) stored() string { return "store --file=" + r.home.Path("store") }

// fetches is "git fetch" of nothing new.
func (b *bench) fetches(ctx context.Context, token string) ([]command, error) {
	r, err := b.repository(ctx, token)
	if err != nil {
		return nil, err
	}
	fetch := func(name, remote string, before ...string) command {
		return command{name: "git fetch, " + name, args: slices.Concat([]string{r.git, "-C", r.work}, before, []string{"fetch", remote}), env: r.home.Environ(), stdin: os.DevNull}
	}
	commands := []command{
		fetch("static credential in the URL, no helper", "static", with("")...),
		fetch("static credential of git's helper store", "iam", with(r.stored())...),
		fetch("with us", "iam"),
		fetch("with us by name", "iam", with("iam")...),
	}
	helper, env, err := b.gcloudHelperOfGit()
	if err != nil {
		b.note("clients", "git fetch, gcloud's helper", err)
		return commands, nil
	}
	c := fetch("gcloud's helper", "iam", with(helper)...)
	c.env, c.most = env, fewSlow
	return append(commands, c), nil
}

// gcloudHelperOfGit is gcloud's helper and its environment. That one answers Google's
// hosts alone, so a line of shell asks it for one of them in the server's name.
func (b *bench) gcloudHelperOfGit() (helper string, env []string, err error) {
	program, err := exec.LookPath("git-credential-gcloud.sh")
	if err != nil {
		return "", nil, err
	}
	h, err := b.gcloud("clients-gcloud")
	if err != nil {
		return "", nil, err
	}
	return "!f() { test \"$1\" = get || return 0; printf 'protocol=https\\nhost=" + gitHost + "\\n\\n' | '" + program + "' get; }; f",
		h.Environ(), h.GitPerson()
}
