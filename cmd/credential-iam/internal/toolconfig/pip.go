package toolconfig

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// pip is pip: the key keyring-provider of its section [global] in the person's file,
// and the link "keyring" on the PATH (pip.pypa.io, "Configuration",
// "Authentication"). "pip config set" does the same and loses all comments.
type pip struct{}

func (pip) Name() string { return "pip" }

const (
	pipHeader = "[global]"
	pipKey    = "keyring-provider"
	pipValue  = "subprocess"
	pipLink   = "; link "
)

// pipLine knows our line by its mark: the value is anybody's.
func pipLine(t text, i int, line string) bool {
	name, value, ok := pipSetting(line)
	return ok && t.marked(i) && name == pipKey && value == pipValue
}

func (p pip) Configure(_ context.Context, w World, _ []string, force bool) (Plan, error) {
	var plan Plan
	dir, err := w.linkDir()
	if err != nil {
		return plan, err
	}
	link := filepath.Join(dir, executable("keyring"))
	steps, err := w.link(link, program, "--pip")
	if err != nil {
		return plan, err
	}
	f, err := p.read(w)
	if err != nil {
		return plan, err
	}
	line, now := pipKey+" = "+pipValue, f.text
	change := Change{Key: "global." + pipKey, New: []string{pipValue}}
	at := slices.IndexFunc(now, func(l string) bool { n, _, ok := pipSetting(strings.TrimSuffix(l, "\r")); return ok && n == pipKey })
	for at >= 0 && now.section(at) != pipHeader {
		next := slices.IndexFunc(now[at+1:], func(l string) bool { n, _, ok := pipSetting(strings.TrimSuffix(l, "\r")); return ok && n == pipKey })
		if next < 0 {
			at = -1
			break
		}
		at += 1 + next
	}
	header := slices.IndexFunc(now, func(l string) bool { return strings.TrimSpace(l) == pipHeader })
	switch {
	case at >= 0:
		_, value, _ := pipSetting(now.line(at))
		if value == pipValue {
			if now.marked(at) && now.line(at-1) != added+pipLink+link { // it was made elsewhere
				now = now.drop(at).add(at-1, line, pipLink+link)
			}
			break
		}
		if !force {
			return plan, failure("configure pip in", f.Path, pipKey+" is "+helper.OneLine(value, 60)+" there already; nothing was changed", "credential-iam configure --pip --force")
		}
		change.Old = first(value)
		now = now.displace(at, at+1).add(at+1, line, pipLink+link)
	case header >= 0:
		now = now.add(header+1, line, pipLink+link)
	default:
		now = now.add(now.end(), pipHeader, "")
		now = now.add(now.end(), line, pipLink+link)
	}
	plan.Steps = slices.Concat(steps, f.steps(now, pipLine, change))
	plan.Notes = w.pipNotes(link)
	return plan, nil
}

// pipNotes says what keeps pip from running the link.
func (w World) pipNotes(link string) (notes []string) {
	path, err := w.LookPath("keyring")
	dir := filepath.Dir(link)
	switch {
	case err != nil && !w.hasPath(dir), err == nil && !sameFile(path, link) && !w.pathHasFirst(dir, filepath.Dir(path)):
		notes = append(notes, "pip runs the first keyring on the PATH, and that is not "+link+"; run: "+helper.PathCommand(dir))
	}
	if v := w.Env.Getenv("PIP_KEYRING_PROVIDER"); v != "" && v != pipValue {
		notes = append(notes, "PIP_KEYRING_PROVIDER is set, and pip takes it before its file; run: "+helper.Unset("PIP_KEYRING_PROVIDER"))
	}
	return notes
}

// hasPath reports whether a folder is on the PATH.
func (w World) hasPath(dir string) bool {
	return slices.Contains(filepath.SplitList(w.Env.Getenv("PATH")), dir)
}

// pathHasFirst reports whether a folder is on the PATH no later than another, so that
// a link which is yet to be made there will be found before a program of the other.
func (w World) pathHasFirst(dir, other string) bool {
	dirs := filepath.SplitList(w.Env.Getenv("PATH"))
	at := slices.Index(dirs, dir)
	return dir == other || at >= 0 && !slices.Contains(dirs[:at], other)
}

// Uses has one use, where a link was made for pip.
func (p pip) Uses(_ context.Context, w World) ([]Use, error) {
	f, err := p.read(w)
	if err != nil {
		return nil, err
	}
	for i := range f.text {
		if !pipLine(f.text, i, f.text.line(i)) {
			continue
		}
		_, link, _ := strings.Cut(f.text.line(i-1), pipLink)
		u := Use{Client: p.Name(), Program: link, File: f.Path}
		if target, err := w.installed(program); err == nil && !isOurs(link, target) {
			u.Trouble = link + " is not there or is another program"
			u.Fix = "credential-iam configure --pip --link-dir " + helper.ShellWord(filepath.Dir(link))
			if isFile(link) { // which somebody may need, as "pip install keyring" makes one
				free := w.freeDir()
				u.Fix = helper.Then("credential-iam configure --pip --link-dir "+helper.ShellWord(free), helper.PathCommand(free))
			}
		} else if notes := w.pipNotes(link); len(notes) > 0 {
			u.Trouble, u.Fix, _ = strings.Cut(notes[0], "; run: ")
		} else {
			u.Trouble, u.Fix = w.pipUnnamed(f)
		}
		return []Use{u}, nil
	}
	return nil, nil
}

func (p pip) Unconfigure(ctx context.Context, w World, wanted func(Use) bool) (Plan, error) {
	uses, err := p.Uses(ctx, w)
	if uses = ours(uses, wanted); err != nil || len(uses) == 0 {
		return Plan{}, err
	}
	f, err := p.read(w)
	if err != nil {
		return Plan{}, err
	}
	now := f.text.remove(pipLine, func(_ text, _ int, line string) bool { n, _, ok := pipSetting(line); return ok && n == pipKey })
	steps := f.steps(now, pipLine, Change{Key: "global." + pipKey, Old: []string{pipValue}})
	return Plan{Steps: append(steps, w.unlink(uses[0].Program, program)...)}, nil
}
