package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/bundle"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/doctor"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// namedBundle refuses a file that cannot be one, before doctor has worked for half a minute.
func namedBundle(path string) error {
	if helper.LooksSecret(path) {
		return usagef("--bundle: %s", helper.NotShown)
	}
	if path == "-" {
		return usagef("--bundle %s: it is not the name of a file; want FILE", path)
	}
	return unwritten(path, files.NeedFolder(path))
}

// unwritten is the error of a bundle that is not written, nil for none.
func unwritten(path string, err error) error {
	e := (*files.Error)(nil)
	if !errors.As(err, &e) {
		return err
	}
	return &helper.Error{Who: helper.User, Op: "write", Object: path, Reason: e.Error(), Hint: e.Fix, Code: "bundle"}
}

// writeBundle writes what doctor found, and what it looked at, to a file that only
// its owner can read.
func (a *app) writeBundle(ctx context.Context, path string, findings []doctor.Finding) error {
	environ := a.Environ
	if environ == nil {
		environ = os.Environ()
	}
	home := ""
	if a.Env.Getenv != nil {
		home = a.Env.Getenv("HOME")
	}
	b := bundle.Bundle{
		Time: a.Env.Now(), Findings: findings, Environ: environ,
		Versions: a.versions(ctx),
		Docker:   []string{config.Path(a.Env), a.Env.MachineConfig},
		Git:      []string{gitconfig.GlobalPath(a.Env.Getenv, home)},
	}
	file, err := files.Read(path)
	if err == nil {
		err = file.Write([]byte(b.Text()))
	}
	if err != nil {
		return unwritten(path, err)
	}
	a.note("wrote %s; read it before you send it to anybody", path)
	return nil
}

// versions are those of our programs, and of the programs that run them.
func (a *app) versions(ctx context.Context) []string {
	lines := []string{"credential-iam " + helper.Version() + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH}
	for _, p := range a.adapters(ctx) {
		lines = append(lines, p.String())
	}
	for _, name := range []string{"docker", "git", "podman", "kubectl", "gcloud"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		said, err := sayVersion(ctx, path)
		if err != nil {
			said = err.Error()
		}
		lines = append(lines, helper.Clean(said, nil, 200)+" ("+path+")")
	}
	return lines
}
