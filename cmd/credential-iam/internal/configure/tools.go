package configure

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// tools is the world of further tools.
func (w World) tools(r Request) toolconfig.World {
	return toolconfig.World{Env: w.Env, Environ: w.Environ, LookPath: w.LookPath, Bin: w.Bin, LinkDir: r.LinkDir}
}

// otherHost reads a host of a client that is neither docker nor git.
func otherHost(client host.Client, flag, typed string) (place, error) {
	h, err := readPlace(client, typed)
	h.flag = flag
	if err != nil {
		return h, usagef("--%s %q: %w", flag, host.Shown(typed), err)
	}
	h.Pattern = h.Pattern.Below("") // none of them tells a path
	return h, nil
}

// said is a place as it was typed, with the host of it where that is another word.
func (h place) said() string {
	typed := h.flag + " " + host.Shown(h.typed)
	if toolconfig.Asker(h.flag) != "" && h.name != h.typed {
		return typed + " (" + h.name + ")"
	}
	return typed
}

// planTools plans what makes the tools ask, and learns which servers they talk to.
func (w World) planTools(ctx context.Context, j *job, p *plan) error {
	j.others = slices.DeleteFunc(j.others, func(h place) bool { return toolconfig.Asker(h.flag) != "" }) // of an earlier attempt
	for _, name := range slices.Sorted(maps.Keys(j.Tools)) {
		client := toolconfig.Find(name)
		if client == nil {
			return usagef("--%s: there is no such client", name)
		}
		names := slices.Clone(j.Tools[name])
		slices.Sort(names)
		planned, err := client.Configure(ctx, w.tools(j.Request), slices.Compact(names), j.Force)
		if p.toolConflict(err) {
			continue
		}
		if err != nil {
			return toolError(name, err)
		}
		p.tools = append(p.tools, planned.Steps...)
		p.notes = append(p.notes, planned.Notes...)
		for _, what := range slices.Sorted(maps.Keys(planned.Hosts)) {
			h, err := otherHost(toolconfig.Asker(name), name, planned.Hosts[what])
			if err != nil {
				return err
			}
			h.typed = what
			j.others = append(j.others, h)
		}
	}
	if j.KubeletFile != "" {
		steps, err := w.Kubelet().Write(j.KubeletFile, j.Force)
		if err != nil && !p.toolConflict(err) {
			return err
		}
		p.tools = append(p.tools, steps...)
	}
	for _, url := range j.Npmrc {
		p.note("npm runs no helper, so nothing of its own was changed; run: npm --globalconfig <(credential-iam-client header %s --as npmrc) install", helper.ShellWord(url))
	}
	return nil
}

// toolError makes a mistake in what was typed one of usage.
func toolError(name string, err error) error {
	var e *helper.Error
	if !errors.As(err, &e) {
		return usagef("--%s: %w", name, err)
	}
	return err
}

// toolWords are the words of the command line that names the tools.
func (r Request) toolWords() (words []string) {
	for _, name := range slices.Sorted(maps.Keys(r.Tools)) {
		if len(r.Tools[name]) == 0 {
			words = append(words, "--"+name)
		}
		for _, what := range r.Tools[name] {
			words = append(words, "--"+name, helper.ShellWord(what))
		}
	}
	for _, what := range r.Npmrc {
		words = append(words, "--npmrc", helper.ShellWord(what))
	}
	for _, what := range r.Hosts {
		words = append(words, "--host", helper.ShellWord(what))
	}
	if r.LinkDir != "" {
		words = append(words, "--link-dir", helper.ShellWord(r.LinkDir))
	}
	return words
}

// unplanTools plans what undoes the tools: those that are named, those of the hosts
// that are named, or all.
func (w World) unplanTools(ctx context.Context, r Request, hosts []place, p *plan) error {
	all := len(hosts)+len(r.Tools) == 0
	for _, client := range toolconfig.Clients() {
		names, named := r.Tools[client.Name()]
		planned, err := client.Unconfigure(ctx, w.tools(r), func(u toolconfig.Use) bool {
			return all || named && (len(names) == 0 || slices.Contains(names, u.Name)) || u.Server != "" && accepted(hosts, u.Host(), "")
		})
		switch {
		case err != nil && named:
			return err
		case err != nil:
			p.note("%v", err)
		}
		p.tools = append(p.tools, planned.Steps...)
		p.notes = append(p.notes, planned.Notes...)
	}
	w.unlink(r, hosts, p)
	return nil
}

// unlink plans the removal of the links that were made for tools which do not name them
// any more: of all, or of the hosts that are named.
func (w World) unlink(r Request, hosts []place, p *plan) {
	for _, link := range p.book.Links {
		_, server, _ := strings.Cut(filepath.Base(link), "@")
		planned := slices.ContainsFunc(p.tools, func(s toolconfig.Step) bool {
			return slices.ContainsFunc(s.Changes, func(c toolconfig.Change) bool { return c.Key == toolconfig.Link && c.File == link })
		})
		if !planned && (len(hosts)+len(r.Tools) == 0 || server != "" && accepted(hosts, strings.TrimSuffix(server, ".exe"), "")) {
			p.tools = append(p.tools, w.tools(r).Unlink(link)...)
		}
	}
}

// noteSections says which sections stay where a tool alone is taken back.
func (w World) noteSections(ctx context.Context, r Request, p *plan) {
	c := config.Load(w.Env)
	uses, _ := w.tools(r).Uses(ctx)
	for _, u := range uses {
		names, named := r.Tools[u.Client]
		section := config.Name + "@" + u.Host()
		if named && (len(names) == 0 || slices.Contains(names, u.Name)) && slices.Contains(c.Sections(), section) {
			p.note("kept plugins[%q] in %s, which other clients may need; run: credential-iam unconfigure %s", section, c.Path, helper.ShellWord(u.Host()))
		}
	}
}
