package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
)

// What makes git ask many times: large files, and objects that a partial clone lacks.
const (
	largeFiles = 50
	lacking    = 20

	withGcloud = "gcloud's helper"
)

// asks measures what asks often, with a static credential, with us and with gcloud's
// helper, and says in each name how often the helper was started.
func (b *bench) asks(ctx context.Context) []row {
	token := b.iam.AccessToken(deployer, time.Hour)
	r, err := b.repository(ctx, token)
	if err == nil {
		err = b.history(ctx, r)
	}
	if err != nil {
		b.note("asks", "repository", err)
		return nil
	}
	ways := [][2]string{{"static credential", r.stored()}, {"with us", b.program("git-credential-iam")}}
	env := r.home.Environ()
	helper, gcloud, err := b.gcloudHelperOfGit()
	if err != nil {
		b.note("asks", "gcloud", err)
	} else {
		ways = append(ways, [2]string{withGcloud, helper})
	}
	var commands []command
	for _, way := range ways {
		var all []command
		if way[0] != withGcloud { // it would take a minute: each question what it takes in the table of whole commands
			all = append(all, b.partial(r, way[1]))
		}
		if lfs, err := b.largeFiles(ctx, r, way[1]); err != nil {
			b.note("asks", "Git LFS", err)
		} else {
			all = append(all, lfs)
		}
		for _, c := range all {
			if c.env = env; way[0] == withGcloud {
				c.env, c.most = gcloud, 2
			}
			n, err := b.starts(ctx, c)
			if err != nil {
				b.note("asks", c.name, err)
				continue
			}
			c.name = fmt.Sprintf("%s, %s (%s)", c.name, way[0], n)
			commands = append(commands, c)
		}
	}
	slices.SortStableFunc(commands, func(x, y command) int { return strings.Compare(x.name[:8], y.name[:8]) })
	return b.measure(ctx, "asks", fewest, commands)
}

// history makes commits that each change a file.
func (b *bench) history(ctx context.Context, r *repository) error {
	for i := range lacking {
		content := make([]byte, 1000)
		_, _ = rand.Read(content) // never fails
		err := os.WriteFile(filepath.Join(r.work, "file"), content, 0o600)
		err = errors.Join(err, r.run(ctx, r.git, "-C", r.work, "add", "file"))
		err = errors.Join(err, r.run(ctx, r.git, "-C", r.work, "commit", "--quiet", "--message", fmt.Sprint(i)))
		if err != nil {
			return err
		}
	}
	served, err := filepath.Glob(filepath.Join(strings.TrimSuffix(r.work, "-work"), "*", "config"))
	for _, config := range served {
		err = errors.Join(err, r.run(ctx, r.git, "config", "--file", config, "uploadpack.allowFilter", "true"))
	}
	return errors.Join(err, r.run(ctx, r.git, "-C", r.work, "push", "--quiet", "static", "main"))
}

// partial is the log of a clone without files, with what changed: git fetches each
// commit's by itself.
func (b *bench) partial(r *repository, helper string) command {
	dir := ""
	c := command{name: fmt.Sprintf("git log --patch of %d commits in a partial clone", lacking), stdin: os.DevNull, want: "diff"}
	c.args = []string{"/bin/sh", "-c", `cd "$(cat "$0")" && exec "$@"`, filepath.Join(b.dir, "partial"), r.git}
	c.args = append(append(c.args, with(helper)...), "log", "--patch", "--text")
	c.before = func(ctx context.Context) error {
		_ = os.RemoveAll(dir)
		var err error
		if dir, err = os.MkdirTemp(b.dir, "partial-"); err != nil {
			return err
		}
		err = r.run(ctx, append(append([]string{r.git}, with(r.stored())...), "clone", "--quiet", "--bare", "--filter=blob:none", r.url, dir)...)
		return errors.Join(err, os.WriteFile(c.args[3], []byte(dir), 0o600))
	}
	return c
}

// largeFiles is the checkout of a repository with files of Git LFS.
func (b *bench) largeFiles(ctx context.Context, r *repository, helper string) (command, error) {
	if _, err := exec.LookPath("git-lfs"); err != nil {
		return command{}, err
	}
	lfs, err := services.NewLFS(b.iam, deployer)
	if err != nil {
		return command{}, err
	}
	dir, err := os.MkdirTemp(b.dir, "lfs-")
	if err != nil {
		return command{}, err
	}
	err = errors.Join(b.addHost(r.home, lfs.Host), b.addStored(r, lfs.Host),
		r.run(ctx, r.git, "init", "--quiet", dir), r.run(ctx, r.git, "-C", dir, "config", "lfs.url", lfs.URL),
		r.run(ctx, r.git, "-C", dir, "lfs", "install", "--local"), r.run(ctx, r.git, "-C", dir, "lfs", "track", "*.bin"))
	for i := range largeFiles {
		content := make([]byte, 1000)
		_, _ = rand.Read(content) // never fails
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, fmt.Sprint(i, ".bin")), content, 0o600))
	}
	in := func(args ...string) []string { return slices.Concat([]string{r.git, "-C", dir}, with(helper), args) }
	err = errors.Join(err, r.run(ctx, r.git, "-C", dir, "add", "."), r.run(ctx, r.git, "-C", dir, "commit", "--quiet", "--message=large"))
	push := slices.Concat([]string{r.git, "-C", dir}, with(r.stored()), []string{"lfs", "push", "--all", r.url, "HEAD"})
	err = errors.Join(err, r.run(ctx, push...))
	return command{
		name: fmt.Sprintf("git lfs pull of %d objects", largeFiles), args: in("lfs", "pull"), stdin: os.DevNull,
		before: func(context.Context) error {
			all, err := filepath.Glob(filepath.Join(dir, "*.bin"))
			for _, name := range append(all, filepath.Join(dir, ".git", "lfs", "objects")) {
				err = errors.Join(err, os.RemoveAll(name))
			}
			return err
		},
	}, err
}

// addHost has us answer one more host.
func (b *bench) addHost(h *testenv.Home, host string) error {
	cmd := exec.Command(b.program("credential-iam"), "configure", "--no-check", "--host", host, "--token", "access", "--service-account", deployer)
	cmd.Env = h.Environ()
	return tell(cmd)
}

// addStored adds the credential of one more host to the file.
func (b *bench) addStored(r *repository, host string) error {
	old, err := os.ReadFile(r.home.Path("store"))
	return errors.Join(err, r.home.Write("store", append(old, "http://user:"+r.token+"@"+host+"\n"...)))
}

// starts runs a command once and says how often git ran its helper.
func (b *bench) starts(ctx context.Context, c command) (string, error) {
	trace := filepath.Join(b.dir, "trace")
	_ = os.Remove(trace)
	c.env = append(slices.Clip(c.env), "GIT_TRACE2="+trace) // git-lfs takes GIT_TRACE for itself
	if err := check(ctx, c); err != nil {
		return "", err
	}
	raw, err := os.ReadFile(trace)
	n := map[string]int{}
	for line := range bytes.Lines(raw) {
		_, run, ok := strings.Cut(string(line), "child_start[")
		if !ok || !strings.Contains(run, "credential") {
			continue
		}
		for _, op := range []string{"get", "store", "erase"} {
			if strings.HasSuffix(strings.TrimRight(run, "'\n"), " "+op) {
				n[op]++
			}
		}
	}
	return fmt.Sprintf("%d get, %d store", n["get"], n["store"]), err
}
