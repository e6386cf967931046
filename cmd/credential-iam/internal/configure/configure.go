package configure

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// job is a checked request.
type job struct {
	Request
	docker, git []place
	// others are the servers of further tools, as far as they are known.
	others []place
	keys   []string
	notes  []string
}

// hosts are all places that get a section.
func (j *job) hosts() []place { return slices.Concat(j.docker, j.git, j.others) }

// check reads a request; the error is a UsageError.
func (r Request) check() (*job, error) {
	if err := r.checkSystem(); err != nil {
		return nil, err
	}
	j := &job{Request: r, keys: slices.Sorted(maps.Keys(r.Keys))}
	if r.Keys["serviceAccount"] == config.Own && r.Keys["delegates"] != "" {
		return nil, usagef("--delegates: they lead to a service account, but --service-account is %s, the source identity itself", config.Own)
	}
	for _, key := range j.keys {
		if err := config.CheckValue(key, r.Keys[key]); err != nil {
			return nil, usagef("%s: %w", flagOf(key), err)
		}
	}
	slices.SortFunc(j.keys, byKey)
	for _, typed := range r.Docker {
		h, note, err := dockerHost(typed)
		if err != nil {
			return nil, err
		}
		if note != "" {
			j.notes = append(j.notes, note)
		}
		h.flag = "docker"
		j.docker = append(j.docker, h)
	}
	for _, typed := range r.Git {
		h, err := gitHost(typed)
		if err != nil {
			return nil, err
		}
		h.flag = "git"
		j.git = append(j.git, h)
	}
	for flag, hosts := range map[string][]string{"host": r.Hosts, "npmrc": r.Npmrc} {
		for _, typed := range hosts {
			h, err := otherHost(host.Header, flag, typed)
			if err != nil {
				return nil, err
			}
			j.others = append(j.others, h)
		}
	}
	switch {
	case len(j.hosts())+len(j.keys)+len(j.Tools) == 0 && j.KubeletFile == "":
		return nil, usagef("nothing to configure: name an account (--service-account), a host (--docker, --git) or another client (--kube, --pip, ...)")
	case r.AuthFile != "" && len(j.docker) == 0:
		return nil, usagef("--auth-file needs the registries to enter there (--docker)")
	}
	return j, nil
}

// Configure makes docker and git run the helpers for the hosts, with the account
// and the other keys of the request. Without a host the keys are the default of
// all.
func (w World) Configure(ctx context.Context, r Request) (Report, error) {
	j, err := r.check()
	if err != nil {
		return Report{}, err
	}
	report, err := w.run(ctx, r.DryRun, func(p *plan) error {
		if err := w.forAll(p, r, j.command()); err != nil {
			return err
		}
		err := w.planConfigure(ctx, j, p)
		if err == nil {
			p.remember()
		}
		return err
	})
	if err == nil && !r.DryRun {
		report.Hosts, report.Next = j.urls(), j.next(config.Load(w.Env))
	}
	return report, err
}

// planConfigure plans the edits of all files.
func (w World) planConfigure(ctx context.Context, j *job, p *plan) error {
	p.notes = append(p.notes, j.notes...)
	path, err := w.file(j.Request)
	if err != nil {
		return err
	}
	if err := w.planTools(ctx, j, p); err != nil {
		return err
	}
	d, err := p.open(path)
	if err != nil {
		return err
	}
	if err := j.misspelt(d.doc.Consents); err != nil {
		return err
	}
	if err := j.consent(d.doc); err != nil {
		return err
	}
	if !j.System {
		j.helpers(d, p)
	}
	j.sections(d.doc)
	if err := w.refuse(ctx, j, w.parsed(j.Request, d), p); err != nil {
		return err
	}
	if j.AuthFile != "" {
		f, err := p.open(j.AuthFile)
		if err != nil {
			return err
		}
		if err := files.NeedFolder(j.AuthFile); err != nil {
			return unreadable(j.AuthFile, err)
		}
		j.helpers(f, p)
	}
	j.formats(p)
	if j.System {
		w.adviseSystem(j, p)
	} else {
		w.adviseDocker(j, d, p)
	}
	if err := w.planGit(ctx, j, d, p); err != nil {
		return err
	}
	return p.conflicting(j)
}

// forced returns the command that does the same and replaces the helpers of
// others.
func (j *job) forced() string { return j.command() + " --force" }

// command returns the command that does the same.
func (j *job) command() string {
	words := append([]string{"credential-iam", "configure"}, keyWords(j.keys, j.Keys)...)
	for _, h := range slices.Concat(j.docker, j.git) {
		words = append(words, "--"+h.flag, helper.ShellWord(h.typed))
	}
	words = append(words, j.Request.toolWords()...)
	if j.AuthFile != "" {
		words = append(words, "--auth-file", helper.ShellWord(j.AuthFile))
	}
	if j.NoCheck {
		words = append(words, "--no-check")
	}
	if j.System {
		words = append(words, "--system")
	}
	return strings.Join(words, " ")
}

// consent refuses a host that is not built in and whose section would not name
// the kind of token that it gets.
func (j *job) consent(d *dockerconfig.Document) error {
	if j.Keys["token"] != "" || j.Keys["issuer"] != "" {
		return nil
	}
	for _, h := range j.hosts() {
		if h.BuiltIn() || d.Consents(h.section()) {
			continue
		}
		return usagef("--%s: it is not a built-in Google host, so name the kind of token that it gets: --token access, --token id or --token jwt (or --issuer NAME)", h.said())
	}
	return nil
}

// sections writes the keys into the section of each host, or into the default's.
func (j *job) sections(d *dockerconfig.Document) {
	names := []string{config.Name}
	if hosts := j.hosts(); len(hosts) > 0 {
		names = nil
		for _, h := range hosts {
			names = append(names, h.section())
		}
	}
	for _, name := range names {
		for _, key := range j.keys {
			d.SetKey(name, key, j.Keys[key])
		}
		if j.Keys["serviceAccount"] == config.Own { // the delegates of another account lead nowhere
			d.RemoveKeys(name, func(key string) bool { return key == "delegates" })
		}
	}
}

// helpers enters the registries in a file.
func (j *job) helpers(f *edited, p *plan) {
	have := f.doc.Helpers()
	for _, h := range j.docker {
		if other := have[h.name]; other != "" && other != config.Name && !j.Force && !slices.Contains(j.Replace, h.typed) {
			p.conflict("configure docker for", h.name, fmt.Sprintf("%s names the helper %q for it already", f.file.Path, other))
			continue
		}
		f.doc.SetHelper(h.name, config.Name)
		for _, name := range slices.Sorted(maps.Keys(have)) { // the same host in a spelling that docker never matches
			if name == h.name || bareHost(name) == name || bareHost(name) != h.Pattern.Host() {
				continue
			}
			if suffix := have[name]; suffix == config.Name {
				f.doc.RemoveHelper(name, config.Name)
			} else {
				p.note("%s names the helper %q for %s too, which docker does not compare with it, but other clients do; run: %s", f.file.Path, suffix, name, helper.EditCommand(f.file.Path))
			}
		}
	}
}

// bareHost returns the host that an entry of credHelpers is for, as docker compares
// it, or the entry's name where it is no host.
func bareHost(name string) string {
	u, err := host.Typed().Read(name)
	if err != nil {
		return name
	}
	if bare := u.Host.String(); name != bare+":443" { // which is part of an image's name
		return bare
	}
	return name
}

// adviseDocker notes what may keep docker from running the helper.
func (w World) adviseDocker(j *job, d *edited, p *plan) {
	for _, h := range j.docker {
		if d.doc.Plaintext(h.name) {
			p.note("%s holds a password for %s in plain text; docker does not use it any more; run: docker logout %s", d.file.Path, h.name, h.name)
		}
	}
	if len(j.docker) == 0 {
		return
	}
	if w.Env.Getenv("DOCKER_AUTH_CONFIG") != "" {
		p.note("DOCKER_AUTH_CONFIG is set, and docker takes it before any helper; run: %s", helper.Unset("DOCKER_AUTH_CONFIG"))
	}
	if _, err := w.LookPath("docker-credential-iam"); err != nil {
		p.note("docker-credential-iam is not on the PATH, and docker looks for it nowhere else; run: %s", helper.PathCommand(w.Bin))
	}
}

// planGit plans git's entries, from what docker's file is going to say.
func (w World) planGit(ctx context.Context, j *job, d *edited, p *plan) error {
	config := w.parsed(j.Request, d)
	for _, h := range j.docker {
		p.noteMistake(ctx, config, h)
	}
	if len(j.git) == 0 {
		return nil
	}
	git, err := w.git()
	if err != nil {
		return err
	}
	targets := make([]gitconfig.Target, 0, len(j.git))
	bearer := ""
	for _, h := range j.git {
		t := gitconfig.Target{Paths: config.PathMatters(h.Place), Replace: j.Force || slices.Contains(j.Replace, h.typed)}
		if target, ok := p.noteMistake(ctx, config, h); ok {
			google := target.Issuer == helper.Google
			t.Proactive = google && target.Token != helper.Access && !target.OwnUsername
			t.Bearer = t.Proactive || !google
		}
		if t.Proactive {
			bearer = h.name
		}
		t.Bearer = t.Bearer || j.System
		for _, t.URL = range h.urls() {
			targets = append(targets, t)
		}
	}
	value, note := w.gitHelper()
	if note != "" {
		p.note("%s", note)
	}
	if j.System {
		value = gitconfig.Ephemeral(value)
	}
	if v, err := git.Version(ctx); err == nil {
		p.adviseGit(j, v, bearer)
	}
	if err := p.openGit(ctx, w, git); err != nil {
		return err
	}
	planned := gitconfig.Configure(p.git.entries, targets, value, j.Force)
	for _, c := range planned.Conflicts {
		p.conflict("configure git for", c.URL, fmt.Sprintf("%s names the helper %q for it already", p.git.file.Path, c.Helper))
	}
	p.notes = append(p.notes, planned.Notes...)
	p.git.take(planned)
	p.git.targets = targets
	return nil
}

// adviseGit notes what the version of git cannot do.
func (p *plan) adviseGit(j *job, v gitconfig.Version, bearer string) {
	switch old := v.Less(gitconfig.ProactiveAuth); {
	case old && bearer != "":
		p.note("git is %s; %s needs a kind of token that only git %s and later can send", v, bearer, gitconfig.ProactiveAuth)
	case old && j.System:
		p.note("git is %s; a person's own credential.helper that stores would get the tokens, unless git is %s or later", v, gitconfig.ProactiveAuth)
	case j.System && v.Less(gitconfig.Probing):
		p.note("git is %s; it cannot push more than 500 MiB at once to what is configured for the whole machine, git %s and later can", v, gitconfig.Probing)
	}
}

// noteMistake notes what would keep a configured host from working.
func (p *plan) noteMistake(ctx context.Context, config *config.Config, h place) (helper.Target, bool) {
	t, err := config.DescribeAt(h.Place)
	switch {
	case err != nil:
		p.note("%s will not work yet: %v", h.name, err)
	case h.BuiltIn() && t.Issuer == helper.Google && t.Token != helper.Access:
		p.note("%s takes access tokens, and is configured for the kind %q now; run: credential-iam configure --%s %s --token access", h.name, t.Token, h.Client, h.typed)
	case t.Issuer == helper.Google && t.Token != helper.Access && t.ServiceAccount == "":
		p.note("%s needs a service account for a token of the kind %q; run: credential-iam configure --service-account EMAIL", h.name, t.Token)
	case t.ServiceAccount == "" && !t.Own:
		// A source that impersonates by itself names one.
		if _, err := config.ResolveAt(ctx, h.Place, nil); err != nil && helper.AsError(err).Code == "no-account" {
			p.note("%s will not work yet: %v", h.name, err)
		}
	}
	return t, err == nil
}
