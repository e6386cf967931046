package toolconfig

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/credential-iam/credential-iam/helper"
)

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

// cargoIndex is the line that says where a registry is.
func cargoIndex(name string) string {
	return "registries." + helper.OneLine(name, 60) + `.index = "sparse+https://HOST/PATH/"`
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
	return nil, failure("configure cargo for", name, c.Path+" writes this registry in a way that is not edited here; add to it: "+line+"; nothing was changed", helper.EditCommand(c.Path))
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
