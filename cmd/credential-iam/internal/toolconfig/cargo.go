package toolconfig

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

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
	cargoRegistry = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	cargoInline   = regexp.MustCompile(`^\s*["']?registries["']?\s*=`)
	cargoSetting  = regexp.MustCompile(`^\s*credential-provider\s*=\s*\[\s*["']([^"']*)["']\s*\]\s*$`)
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

// cargoConfig is the person's file with what it means.
type cargoConfig struct {
	*file
	root map[string]any
}

func (cargo) read(w World) (c cargoConfig, err error) {
	dir := w.Env.Getenv("CARGO_HOME")
	if dir == "" {
		if dir, err = w.home("configure", ".cargo"); err != nil {
			return c, err
		}
	}
	path := filepath.Join(dir, "config.toml")
	if old := filepath.Join(dir, "config"); isFile(old) && !isFile(path) { // its name before cargo 1.39
		path = old
	}
	if c.file, err = read(path); err != nil {
		return c, err
	}
	if c.root, err = decode(c.text); err != nil {
		return c, unreadable(c.Path, helper.OneLine(err.Error(), 200))
	}
	return c, nil
}

func decode(t text) (root map[string]any, err error) {
	_, err = toml.Decode(string(t.bytes()), &root)
	return root, err
}

// registry returns a registry's table, nil if there is none.
func (c cargoConfig) registry(name string) map[string]any {
	all, _ := c.root["registries"].(map[string]any)
	one, _ := all[name].(map[string]any)
	return one
}

// provider returns the words of a registry's credential provider.
func (c cargoConfig) provider(name string) (words []string) {
	switch v := c.registry(name)[cargoKey].(type) {
	case string:
		return strings.Fields(v)
	case []any:
		for _, word := range v {
			s, _ := word.(string)
			words = append(words, s)
		}
	}
	return words
}

// cargoVariable is the variable that cargo takes before a key of a registry.
func cargoVariable(name, key string) string {
	return "CARGO_REGISTRIES_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_" + key
}

// index returns the URL of a registry's index, without what says how it is read.
func (c cargoConfig) index(w World, name string) string {
	url := w.Env.Getenv(cargoVariable(name, "INDEX"))
	if url == "" {
		url, _ = c.registry(name)["index"].(string)
	}
	return strings.TrimPrefix(strings.TrimPrefix(url, "sparse+"), "registry+")
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
		if !cargoRegistry.MatchString(name) {
			return plan, failure("configure cargo for", helper.OneLine(name, 60), "it is not the name of a registry", "credential-iam help clients")
		}
		index := f.index(w, name)
		u, err := host.Form{Bare: false}.Read(index)
		if err != nil {
			return plan, failure("configure cargo for", name, f.Path+" has no https index for this registry; nothing was changed", "${EDITOR:-vi} "+helper.ShellWord(f.Path))
		}
		plan.Hosts[name] = u.Host.String()
		words := now.provider(name)
		if slices.Equal(words, []string{run}) {
			continue
		}
		if len(words) > 0 && base(words[0]) != cargoProgram && !force {
			return plan, failure("configure cargo for", name, f.Path+" names the provider "+helper.OneLine(words[0], 60)+" for it already; nothing was changed", "credential-iam configure --cargo "+name+" --force")
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

// set returns the text with a registry's provider. Whatever way the file writes the
// registry, the result means what it meant before, with the provider, or it is refused.
func (c cargoConfig) set(name, run string) (text, error) {
	line := cargoKey + ` = ["` + run + `"]`
	want, err := decode(c.text)
	if err != nil {
		return nil, err
	}
	all, _ := want["registries"].(map[string]any)
	if all == nil {
		want = map[string]any{"registries": map[string]any{}}
		for key, value := range c.root {
			want[key] = value
		}
		all = want["registries"].(map[string]any)
	}
	one, _ := all[name].(map[string]any)
	if one == nil {
		one = map[string]any{}
	}
	one[cargoKey] = []any{run}
	all[name] = one
	// A table that is written with dots or in one line cannot get a section besides.
	isNew := c.registry(name) == nil && !slices.ContainsFunc(c.text, cargoInline.MatchString)
	for _, t := range c.text.withProvider(name, line, isNew) {
		if got, err := decode(t); err == nil && reflect.DeepEqual(got, want) {
			return t, nil
		}
	}
	return nil, failure("configure cargo for", name, c.Path+" writes this registry in a way that is not edited here; add to it: "+line, "${EDITOR:-vi} "+helper.ShellWord(c.Path))
}

// withProvider returns the texts that may have a registry's new provider, in a new
// section where it has none.
func (t text) withProvider(name, line string, isNew bool) (all []text) {
	for i := range t {
		if t.cargoRegistry(i) != name || !strings.HasPrefix(strings.TrimSpace(t[i]), cargoKey) {
			continue
		}
		if cargoLine(t, i, t.line(i)) {
			same := slices.Clone(t)
			same[i] = line
			all = append(all, same)
		}
		for end := i + 1; end <= len(t) && end < i+50; end++ { // its value may have many lines
			all = append(all, t.displace(i, end).add(end, line, ""))
		}
	}
	for i := range t {
		if isHeader(t[i]) && append(slices.Clone(t[:i+1]), "").cargoRegistry(i+1) == name {
			all = append(all, t.add(i+1, line, ""))
		}
	}
	if !isNew {
		return all
	}
	fresh := t.add(t.end(), "[registries."+name+"]", "")
	return append(all, fresh.add(fresh.end(), line, ""))
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
			u.Trouble, u.Fix = variable+" is set, and cargo takes it before its file", "unset "+variable
		} else if _, err := w.LookPath(words[0]); err != nil {
			u.Trouble, u.Fix = words[0]+", which cargo runs, is not there", "credential-iam configure --cargo "+name
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
	now := f.text.remove(cargoLine, func(t text, i int, line string) bool {
		name := t.cargoRegistry(i)
		return name != "" && named(uses, name) && (cargoLine(t, i, line) || !t.hasProvider(name))
	})
	var plan Plan
	if root, err := decode(now); err != nil {
		return plan, unreadable(f.Path, "it would not be valid without the lines of credential-iam")
	} else if left := (cargoConfig{f.file, root}); slices.ContainsFunc(uses, func(u Use) bool { p := left.provider(u.Name); return len(p) > 0 && base(p[0]) == cargoProgram }) {
		plan.Notes = append(plan.Notes, "kept "+cargoKey+" in "+f.Path+": configure does not write it so")
	}
	plan.Steps = f.steps(now, cargoLine, gone(uses, "registries.%s."+cargoKey)...)
	return plan, nil
}

// hasProvider reports whether the section of a registry has a provider.
func (t text) hasProvider(name string) bool {
	for i := range t {
		if strings.HasPrefix(strings.TrimSpace(t[i]), cargoKey) && t.cargoRegistry(i) == name {
			return true
		}
	}
	return false
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}
