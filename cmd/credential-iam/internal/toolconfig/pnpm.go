package toolconfig

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// pnpm is pnpm: a line "//HOST/PATH/:tokenHelper=PROGRAM" for each registry in the
// person's .npmrc, which is the one place where it takes such a line. It runs the
// program without an argument, so that the host is in the name of a link.
type pnpm struct{}

func (pnpm) Name() string { return "pnpm" }

const linkPrefix = "token@"

// npmSetting reads a line "//HOST/PATH/:NAME=VALUE".
func npmSetting(line string) (registry, name, value string, ok bool) {
	key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
	key = strings.TrimSpace(key)
	i := strings.LastIndexByte(key, ':')
	if !ok || !strings.HasPrefix(key, "//") || i < 0 {
		return "", "", "", false
	}
	return key[:i], key[i+1:], strings.TrimSpace(value), true
}

func pnpmLine(_ text, _ int, line string) bool {
	_, name, value, ok := npmSetting(line)
	return ok && name == "tokenHelper" && strings.HasPrefix(base(value), linkPrefix)
}

// npmCredentials are the settings by which a registry has another credential.
var npmCredentials = []string{"_authToken", "_auth", "_password", "username", "tokenHelper"}

func (pnpm) read(w World) (*file, error) {
	for _, name := range []string{"npm_config_userconfig", "NPM_CONFIG_USERCONFIG"} {
		if path := w.Env.Getenv(name); path != "" {
			return read(path)
		}
	}
	path, err := w.home("configure", ".npmrc")
	if err != nil {
		return nil, err
	}
	return read(path)
}

func (p pnpm) Configure(_ context.Context, w World, names []string, force bool) (Plan, error) {
	plan := Plan{Hosts: map[string]string{}}
	dir, err := w.linkDir()
	if err != nil {
		return plan, err
	}
	f, err := p.read(w)
	if err != nil {
		return plan, err
	}
	now, changes, links, made := f.text, []Change(nil), []Step(nil), map[string]bool{}
	for _, name := range names {
		u, err := host.Form{Bare: true}.Read(name)
		if err != nil {
			return plan, err
		}
		plan.Hosts[name] = u.Host.String()
		link := filepath.Join(dir, executable(linkPrefix+u.Host.String()))
		if strings.ContainsAny(link, " \t\"'$%#;") {
			return plan, failure("configure pnpm to run", link, "pnpm takes no blank, quote, $ or % in the path of a helper; nothing was changed", "credential-iam configure --pnpm "+helper.ShellWord(name)+" --link-dir DIR")
		}
		steps, err := w.link(link, program, "--pnpm "+helper.ShellWord(name))
		if err != nil {
			return plan, err
		}
		if made[link] { // another registry of that host
			steps = nil
		}
		made[link] = true
		registry := strings.TrimSuffix("//"+u.Host.String()+"/"+u.Path, "/") + "/"
		line := registry + ":tokenHelper=" + filepath.ToSlash(link)
		if slices.ContainsFunc(now, func(l string) bool { return strings.TrimSuffix(l, "\r") == line }) {
			links = append(links, steps...)
			continue
		}
		for _, i := range slices.Backward(now.credentials(registry, true)) { // whose link was elsewhere
			now = now.drop(i)
		}
		other := now.credentials(registry, false)
		if len(other) > 0 && !force {
			_, setting, _, _ := npmSetting(now.line(other[0]))
			return plan, failure("configure pnpm for", name, f.Path+" has another credential for it ("+setting+"); nothing was changed", "credential-iam configure --pnpm "+helper.ShellWord(name)+" --force")
		}
		for _, i := range other {
			now = now.displace(i, i+1)
		}
		links = append(links, steps...)
		now = now.add(now.npmEnd(), line, "")
		changes = append(changes, Change{Key: registry + ":tokenHelper", New: []string{link}})
	}
	plan.Steps = append(links, f.steps(now, pnpmLine, changes...)...)
	return plan, nil
}

// credentials returns the lines by which a registry has a credential, ours or others.
func (t text) credentials(registry string, ours bool) (lines []int) {
	for i := range t {
		r, name, _, ok := npmSetting(t.line(i))
		if ok && r == registry && slices.Contains(npmCredentials, name) && pnpmLine(t, i, t.line(i)) == ours {
			lines = append(lines, i)
		}
	}
	return lines
}

// npmEnd is the end of the settings that belong to no section.
func (t text) npmEnd() int {
	if i := slices.IndexFunc(t, isHeader); i >= 0 {
		return i
	}
	return t.end()
}

func (p pnpm) Uses(_ context.Context, w World) ([]Use, error) {
	f, err := p.read(w)
	if err != nil {
		return nil, err
	}
	var all []Use
	for i := range f.text {
		if registry, _, value, ok := npmSetting(f.text.line(i)); ok && pnpmLine(f.text, i, f.text.line(i)) {
			u := Use{Client: p.Name(), Name: "https:" + registry, Server: strings.TrimPrefix(base(value), linkPrefix), Program: value, File: f.Path}
			if target, err := w.installed(program); err == nil && !isOurs(filepath.FromSlash(value), target) {
				u.Trouble, u.Fix = value+" is not there or is another program", "credential-iam configure --pnpm "+helper.ShellWord(u.Name)
				if isFile(filepath.FromSlash(value)) {
					u.Fix += " --link-dir " + w.freeDir()
				}
			}
			all = append(all, u)
		}
	}
	return all, nil
}

func (p pnpm) Unconfigure(ctx context.Context, w World, wanted func(Use) bool) (Plan, error) {
	all, err := p.Uses(ctx, w)
	uses := ours(slices.Clone(all), wanted)
	if err != nil || len(uses) == 0 {
		return Plan{}, err
	}
	f, err := p.read(w)
	if err != nil {
		return Plan{}, err
	}
	now := f.text.remove(pnpmLine, func(_ text, _ int, line string) bool {
		registry, _, _, ok := npmSetting(line)
		return ok && named(uses, "https:"+registry)
	})
	plan := Plan{Steps: f.steps(now, pnpmLine, gone(uses, "%s:tokenHelper")...)}
	for _, u := range uses {
		if !slices.ContainsFunc(all, func(o Use) bool { return o.Program == u.Program && !wanted(o) }) {
			plan.Steps = append(plan.Steps, w.unlink(filepath.FromSlash(u.Program), program)...)
		}
	}
	return plan, nil
}
