package toolconfig

import (
	"context"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

const bazelProgram = "bazel-credential-iam"

// bazel is Bazel: a line "common --credential_helper=SCOPE=PROGRAM" for each host in
// the person's ~/.bazelrc (bazel.build/run/bazelrc). Of a workspace's own file nothing
// is known here.
type bazel struct{}

func (bazel) Name() string { return "bazel" }

// bazelFlag reads a line that consists of one --credential_helper flag.
func bazelFlag(line string) (scope, path string, ok bool) {
	f := strings.Fields(strings.ReplaceAll(line, `"`, ""))
	if len(f) < 2 || strings.HasPrefix(f[0], "#") {
		return "", "", false
	}
	value, ok := strings.CutPrefix(strings.Join(f[1:], " "), "--credential_helper=")
	if !ok {
		return "", "", false
	}
	if scope, path, ok = strings.Cut(value, "="); !ok {
		return "", value, true
	}
	return scope, path, true
}

func bazelLine(_ text, _ int, line string) bool {
	_, path, ok := bazelFlag(line)
	return ok && base(path) == bazelProgram
}

func (bazel) read(w World) (*file, error) {
	path, err := w.home("configure", ".bazelrc")
	if err != nil {
		return nil, err
	}
	return read(path)
}

func (b bazel) Configure(_ context.Context, w World, names []string, force bool) (Plan, error) {
	p := Plan{Hosts: map[string]string{}}
	run, err := w.installed(bazelProgram)
	if err != nil {
		return p, err
	}
	if strings.ContainsAny(run, "\"'\\#") {
		return p, failure("configure bazel to run", run, "Bazel's configuration has no way to write this path; nothing was changed", "./install.sh --bin-dir DIR")
	}
	f, err := b.read(w)
	if err != nil {
		return p, err
	}
	now := f.text
	if n := now.end(); n > 0 && strings.HasSuffix(now.line(n-1), `\`) {
		return p, unreadable(f.Path, "its last line goes on in a line that is not there: remove the backslash at its end")
	}
	var changes []Change
	for _, name := range names {
		_, pattern, err := host.Form{Schemes: []string{"https", "grpcs"}, Bare: true}.ReadPattern(name)
		if err != nil {
			return p, err
		}
		scope := pattern.Host()
		p.Hosts[name] = scope
		line := "common --credential_helper=" + scope + "=" + run
		if strings.ContainsRune(run, ' ') {
			line = `common "--credential_helper=` + scope + "=" + run + `"`
		}
		at := slices.IndexFunc(now, func(l string) bool { s, _, ok := bazelFlag(l); return ok && s == scope })
		change := Change{Key: "credential_helper " + scope, New: []string{run}}
		switch {
		case at < 0:
			now = now.add(now.end(), line, "")
		case now.line(at) == line:
			continue
		default:
			_, other, _ := bazelFlag(now.line(at))
			if base(other) != bazelProgram && !force {
				return p, failure("configure bazel for", scope, f.Path+" names the helper "+base(other)+" for it already; nothing was changed",
					"credential-iam configure --bazel "+helper.ShellWord(scope)+" --force")
			}
			change.Old = []string{other}
			if base(other) == bazelProgram {
				now = slices.Clone(now)
				now[at] = line
			} else {
				now = now.displace(at, at+1).add(at+1, line, "")
			}
		}
		changes = append(changes, change)
	}
	p.Steps = f.steps(now, bazelLine, changes...)
	return p, nil
}

func (b bazel) Uses(_ context.Context, w World) ([]Use, error) {
	f, err := b.read(w)
	if err != nil {
		return nil, err
	}
	var all []Use
	for i := range f.text {
		if bazelLine(f.text, i, f.text.line(i)) {
			scope, path, _ := bazelFlag(f.text.line(i))
			u := Use{Client: b.Name(), Name: scope, Server: scope, Program: path, File: f.Path}
			if _, err := w.LookPath(path); err != nil {
				u.Trouble, u.Fix = path+", which Bazel runs, is not there", "credential-iam configure --bazel "+helper.ShellWord(scope)
			}
			all = append(all, u)
		}
	}
	return all, nil
}

func (b bazel) Unconfigure(ctx context.Context, w World, wanted func(Use) bool) (Plan, error) {
	uses, err := b.Uses(ctx, w)
	if uses = ours(uses, wanted); err != nil || len(uses) == 0 {
		return Plan{}, err
	}
	f, err := b.read(w)
	if err != nil {
		return Plan{}, err
	}
	now := f.text.remove(bazelLine, func(_ text, _ int, line string) bool {
		scope, _, ok := bazelFlag(line)
		return ok && named(uses, scope)
	})
	return Plan{Steps: f.steps(now, bazelLine, gone(uses, "credential_helper %s")...)}, nil
}
