package toolconfig

import (
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// cargo is cargo: the key credential-provider of a registry in the person's
// config.toml (the cargo book, "Configuration" and "Registry Authentication").
type cargo struct{}

func (cargo) Name() string { return "cargo" }

const (
	cargoProgram = "cargo-credential-iam"
	cargoKey     = "credential-provider"
)

var (
	cargoInline  = regexp.MustCompile(`^\s*["']?registries["']?\s*=`)
	cargoSetting = regexp.MustCompile(`^\s*credential-provider\s*=\s*\[\s*["']([^"']*)["']\s*\]\s*$`)
)

// cargoLine knows a line that names our program and nothing else.
func cargoLine(t text, i int, line string) bool {
	m := cargoSetting.FindStringSubmatch(line)
	return m != nil && base(m[1]) == cargoProgram && t.cargoRegistry(i) != ""
}

// cargoRegistry returns the registry whose section a line is in, "" for none.
func (t text) cargoRegistry(i int) string {
	header := strings.TrimSpace(t.section(i))
	header, _, _ = strings.Cut(header, "#")
	words := strings.Split(strings.Trim(strings.TrimSpace(header), "[]"), ".")
	if len(words) != 2 || strings.Trim(words[0], " \"'") != "registries" {
		return ""
	}
	return strings.Trim(words[1], " \"'")
}

func (c cargo) Configure(_ context.Context, w World, names []string, force bool) (Plan, error) {
	plan := Plan{Hosts: map[string]string{}}
	run, err := w.installed(cargoProgram)
	if err != nil {
		return plan, err
	}
	run = filepath.ToSlash(run)
	if strings.ContainsAny(run, "\"'\\") {
		return plan, failure("configure cargo to run", run, "cargo's configuration has no plain way to write this path; nothing was changed", "./install.sh --bin-dir DIR")
	}
	f, err := c.read(w)
	if err != nil {
		return plan, err
	}
	old, changes := f.text, []Change(nil)
	now := cargoConfig{&file{f.File, old}, f.root}
	for _, name := range names {
		index := f.index(w, name)
		u, err := host.Form{Bare: false}.Read(index)
		if err != nil {
			return plan, failure("configure cargo for", helper.OneLine(name, 60), f.Path+" has no https index for this registry; add to it: "+cargoIndex(name)+"; nothing was changed", helper.EditCommand(f.Path))
		}
		plan.Hosts[name] = u.Host.String()
		words := now.provider(name)
		if slices.Equal(words, []string{run}) {
			continue
		}
		if len(words) > 0 && base(words[0]) != cargoProgram && !force {
			return plan, failure("configure cargo for", name, f.Path+" names the provider "+helper.OneLine(words[0], 60)+" for it already; nothing was changed", "credential-iam configure --cargo "+helper.ShellWord(name)+" --force")
		}
		if now.text, err = now.set(name, run); err != nil {
			return plan, err
		}
		if now.root, err = decode(now.text); err != nil {
			return plan, unreadable(f.Path, err.Error())
		}
		changes = append(changes, Change{Key: "registries." + name + "." + cargoKey, Old: words[:min(1, len(words))], New: []string{run}})
	}
	plan.Steps = f.steps(now.text, cargoLine, changes...)
	return plan, nil
}

func (c cargo) Uses(_ context.Context, w World) ([]Use, error) {
	f, err := c.read(w)
	if err != nil {
		return nil, err
	}
	var all []Use
	registries, _ := f.root["registries"].(map[string]any)
	for name := range registries {
		words := f.provider(name)
		if len(words) == 0 || base(words[0]) != cargoProgram {
			continue
		}
		u := Use{Client: c.Name(), Name: name, Server: f.index(w, name), Program: words[0], File: f.Path}
		if variable := cargoVariable(name, "CREDENTIAL_PROVIDER"); w.Env.Getenv(variable) != "" {
			u.Trouble, u.Fix = variable+" is set, and cargo takes it before its file", helper.Unset(variable)
		} else if _, err := w.LookPath(words[0]); err != nil {
			u.Trouble, u.Fix = words[0]+", which cargo runs, is not there", "credential-iam configure --cargo "+helper.ShellWord(name)
		}
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b Use) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (c cargo) Unconfigure(ctx context.Context, w World, wanted func(Use) bool) (Plan, error) {
	uses, err := c.Uses(ctx, w)
	if uses = ours(uses, wanted); err != nil || len(uses) == 0 {
		return Plan{}, err
	}
	f, err := c.read(w)
	if err != nil {
		return Plan{}, err
	}
	now := f.text.remove(cargoLine, func(t text, i int, _ string) bool {
		name := t.cargoRegistry(i)
		return name != "" && named(uses, name)
	})
	var plan Plan
	if root, err := decode(now); err != nil {
		return plan, unreadable(f.Path, "it would not be valid without the lines of credential-iam: remove those below "+added)
	} else if left := (cargoConfig{f.file, root}); slices.ContainsFunc(uses, func(u Use) bool { p := left.provider(u.Name); return len(p) > 0 && base(p[0]) == cargoProgram }) {
		plan.Notes = append(plan.Notes, "kept "+cargoKey+" in "+f.Path+": configure does not write it so")
	}
	plan.Steps = f.steps(now, cargoLine, gone(uses, "registries.%s."+cargoKey)...)
	return plan, nil
}
