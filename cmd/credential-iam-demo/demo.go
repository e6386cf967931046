package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// demo is the machine that the demo runs on.
type demo struct {
	env helper.Env
	// environ is the environment that child processes inherit.
	environ []string
	// executable is this program, core is credential-iam, beside which the adapters
	// are.
	executable, core string
	stdout           io.Writer
}

// The people of the demo.
const (
	person   = testenv.Person
	deployer = testenv.Deployer
)

// run plays the demo and prints its transcript.
func (d demo) run(ctx context.Context) (err error) {
	if _, err := exec.LookPath("git"); err != nil {
		return errors.New("the demo needs git, and there is no git on the PATH")
	}
	w, err := newWorld(ctx, d)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close(context.WithoutCancel(ctx))) }()
	p := &transcript{out: d.stdout}

	p.title("docker and git as a service account, without a service account key")
	p.line("You are %s: logged in as yourself, no key file anywhere.", person)
	p.line("You may impersonate %s; only that account may push.", deployer)
	p.line("Google, a registry and a git server are stand-ins on 127.0.0.1. Everything else is real;")
	p.line("images are pushed by the library go-containerregistry, commits by git.")

	p.title("configure, once")
	if err := w.configure(ctx, p); err != nil {
		return err
	}
	p.title("the first push pays for the token")
	if err := w.pushes(ctx, p, "1"); err != nil {
		return err
	}
	p.title("the second comes from the cache")
	if err := w.pushes(ctx, p, "2"); err != nil {
		return err
	}
	if err := w.alone(ctx, p); err != nil {
		return err
	}
	w.summary(p)
	p.title("when the right to be that account is taken away")
	if err := w.refused(ctx, p); err != nil {
		return err
	}
	p.title("go on with a real account")
	p.line("credential-iam configure --service-account NAME@PROJECT.iam.gserviceaccount.com \\")
	p.line("    --docker REGION-docker.pkg.dev")
	p.line("credential-iam doctor")
	return nil
}

// configure runs "credential-iam configure" as a person would.
func (w *world) configure(ctx context.Context, p *transcript) error {
	args := []string{
		"configure", "--no-check", // so that the first push is what pays for the token
		"--service-account", deployer, "--token", "access",
		"--docker", w.registry.Host, "--git", w.git.URL,
	}
	p.command("credential-iam " + strings.Join(args, " "))
	out, err := w.run(ctx, w.Dir, w.core, args...)
	p.output(strings.ReplaceAll(out, w.Dir, "~"))
	if err != nil {
		return fmt.Errorf("configure: %w", err)
	}
	return w.trust()
}

// pushes pushes an image and a commit.
func (w *world) pushes(ctx context.Context, p *transcript, tag string) error {
	image := w.registry.Host + "/demo/hello:" + tag
	p.command("docker push " + image)
	m := w.measure()
	out, err := w.run(ctx, w.Dir, w.executable, pushCommand, image)
	if err != nil {
		return fmt.Errorf("push %s: %w: %s", image, err, out)
	}
	pushes := w.registry.Pushes()
	p.result(m.stop(), "pushed %s as %s", short(out), pushes[len(pushes)-1].Principal)

	if err := w.Commit(w.tree, "hello-"+tag, 100); err != nil {
		return err
	}
	p.command("git push " + w.git.URL + "/demo/hello.git main")
	m = w.measure()
	out, err = w.run(ctx, w.tree, "git", "push", "--quiet", w.git.URL+"/demo/hello.git", "main")
	if err != nil {
		return fmt.Errorf("git push: %w: %s", err, out)
	}
	requests := w.git.Requests()
	last := requests[len(requests)-1]
	p.result(m.stop(), "pushed main as %s", last.Principal)
	return nil
}

// alone shows what one answer of each adapter costs.
func (w *world) alone(ctx context.Context, p *transcript) error {
	for _, c := range []struct{ adapter, input string }{
		{"docker-credential-iam", w.registry.Host},
		{"git-credential-iam", "protocol=https\nhost=" + w.git.Host + "\n"},
	} {
		path, err := w.beside(c.adapter)
		if err != nil {
			return err
		}
		p.command(c.adapter + " get")
		best := time.Hour
		m := w.measure()
		for range 5 {
			start := time.Now()
			cmd := w.Command(ctx, w.Dir, nil, path, "get")
			cmd.Stdin = strings.NewReader(c.input)
			if out, err := cmd.Output(); err != nil {
				return fmt.Errorf("%s: %w: %s", c.adapter, err, out)
			}
			best = min(best, time.Since(start))
		}
		cost := m.stop()
		cost.took = best
		p.result(cost, "answered from %s, process start included", w.keystore)
	}
	return nil
}

// refused shows what a person sees who may no longer impersonate: one line with
// the command that fixes it.
func (w *world) refused(ctx context.Context, p *transcript) error {
	w.standIn.Revoke(person, iamtest.RoleTokenCreator, deployer)
	path, err := w.beside("docker-credential-iam")
	if err != nil {
		return err
	}
	erase := w.Command(ctx, w.Dir, nil, path, "erase")
	erase.Stdin = strings.NewReader(w.registry.Host)
	if out, err := erase.CombinedOutput(); err != nil {
		return fmt.Errorf("erase: %w: %s", err, out)
	}
	p.command("git push " + w.git.URL + "/demo/hello.git main")
	out, err := w.run(ctx, w.tree, "git", "push", "--quiet", w.git.URL+"/demo/hello.git", "main:other")
	if err == nil {
		return errors.New("the push went through without the right to impersonate")
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "git-credential-iam: ") {
			p.output(line)
			return nil
		}
	}
	return fmt.Errorf("git push said nothing of git-credential-iam: %s", helper.OneLine(out, 300))
}

// summary counts the calls so far.
func (w *world) summary(p *transcript) {
	p.line("")
	calls := "1 call"
	if n := w.standIn.Calls("generateAccessToken"); n != 1 {
		calls = fmt.Sprintf("%d calls", n)
	}
	p.line("2 image pushes, 2 git pushes, 10 answers: %s of generateAccessToken.", calls)
	p.line("The token is in %s, on no disk, and there was never a key.", w.keystore)
}

// short returns the digest that the push printed, abbreviated.
func short(out string) string {
	digest := strings.TrimSpace(out)
	if i := strings.LastIndex(digest, "sha256:"); i >= 0 && len(digest) >= i+19 {
		return digest[i : i+19]
	}
	return digest
}
