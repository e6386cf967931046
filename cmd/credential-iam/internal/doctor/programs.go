package doctor

import (
	"context"
	"os"
	"path/filepath"
	"runtime"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/helper"
)

// together is what fixes a program that is missing or of another release: where its
// installer is, nobody knows.
const together = "install all programs of one release together"

// installed checks the adapters: docker and git find theirs on the PATH, and they run
// the core beside them. The others are run by who configures them, and are to be of
// the same release.
func installed(ctx context.Context, x *subject, r report) {
	for _, name := range programs.Names(programs.Of(programs.Adapter)) {
		switch name {
		case "docker-credential-iam":
			x.adapter(ctx, r, name, x.anyDocker(), func(string) (Result, string) {
				return Error, "docker looks for it nowhere else"
			})
		case "git-credential-iam":
			x.adapter(ctx, r, name, x.anyGit(), func(beside string) (Result, string) {
				if beside != "" && x.git.names(beside) {
					return OK, "git's configuration names it by its path"
				}
				return Error, "git does not find it"
			})
		default:
			x.other(ctx, r, name)
		}
	}
	if path, err := x.LookPath("credential-iam"); err != nil && x.Bin != "" {
		r.add(OK, "credential-iam", "", "version %s in %s, which is not on the PATH", x.Version, x.Bin)
	} else {
		r.add(OK, "credential-iam", "", "version %s (%s)", x.Version, path)
	}
}

// other checks the version of an adapter that nobody has to have.
func (x *subject) other(ctx context.Context, r report, name string) {
	path, err := x.LookPath(name)
	if err != nil {
		if path = x.beside(name); path == "" {
			return
		}
	}
	switch v, err := x.AskVersion(ctx, path, name); {
	case err != nil:
		r.add(Error, name, "", "%s: %v; %s", path, err, together)
	case v != x.Version:
		r.add(Warning, name, "", "%s has version %s, and credential-iam has %s; %s", path, v, x.Version, together)
	default:
		r.add(OK, name, "", "version %s (%s)", v, path)
	}
}

// adapter checks one of them. needed says that a client is configured to run it.
func (x *subject) adapter(ctx context.Context, r report, name string, needed bool, offPath func(beside string) (Result, string)) {
	beside := x.beside(name)
	path, err := x.LookPath(name)
	if err != nil {
		result, why := offPath(beside)
		fix := ""
		if beside != "" {
			fix = helper.PathCommand(x.Bin)
		}
		if result == OK {
			fix = ""
		}
		if !needed && result == Error {
			result = Warning
		}
		where := "it is not on the PATH"
		if beside != "" {
			where += " but in " + x.Bin
		}
		if beside == "" {
			why += "; " + together
		}
		r.add(result, name, fix, "%s: %s", where, why)
		if beside == "" {
			return
		}
		path = beside
	}
	v, err := x.AskVersion(ctx, path, name)
	switch {
	case err != nil:
		r.add(Error, name, "", "%s: %v; %s", path, err, together)
	case v != x.Version:
		r.add(Warning, name, "", "%s has version %s, and credential-iam has %s; %s", path, v, x.Version, together)
	case beside != "" && !same(beside, path):
		r.add(Warning, name, helper.PathCommand(x.Bin), "the PATH finds %s, and there is another one beside credential-iam in %s", path, x.Bin)
	default:
		r.add(OK, name, "", "version %s (%s)", v, path)
	}
}

// beside returns the path of a program in the folder of this one, "" if it is not
// there.
func (x *subject) beside(name string) string {
	if x.Bin == "" {
		return ""
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(x.Bin, name)
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return ""
	}
	return path
}

func same(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}
