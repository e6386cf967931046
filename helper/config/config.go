package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// Name is the suffix of docker-credential-iam: docker's configuration names the
// helper by it, and so are the sections named.
const Name = "iam"

// Config is docker's configuration file, as far as the helpers use it.
//
// Docker rewrites that file and drops the keys it does not know, but keeps
// "plugins", a map of maps of strings (docker/cli,
// cli/config/configfile/file.go). The sections are there: "iam" and
// "iam@HOST[:PORT][/PATH]".
type Config struct {
	// Path of the file; empty when there is no home folder.
	Path string
	// CredsStore is the suffix of the helper for every other registry.
	CredsStore string

	env helper.Env
	// helpers are the objects of "credHelpers", and named is what they say, once
	// somebody has asked.
	helpers [][]byte
	named   map[string]string
	// sections are those that have been read, see unread.
	sections map[string]*section
	unread   unread
	// near are the names below "plugins" that are nearly those of a section.
	near []string
	// missing says that there is no file.
	missing bool
	// broken is why the file could not be parsed.
	broken error
	// machine is the machine's file, nil if there is none.
	machine *Config
	// questions counts what was asked, and exact and wild are the sections by host
	// once that is more than an adapter asks: see candidates.
	questions int
	exact     map[string][]*section
	wild      []*section
}

// maxFile is far beyond any file of docker's, which docker reads whatever its size.
const maxFile = 1 << 30

// Load reads docker's configuration file. A missing file is an empty one. A file
// that cannot be read or parsed is not an error yet: it becomes one for every
// host that it could have configured (see Resolve), and for no other.
func Load(env helper.Env) *Config {
	path, why := locate(env)
	c := newConfig(env, path)
	switch {
	case path == "" && why != "":
		c.broken = NoPath(env)
	case path != "":
		if abs, err := filepath.Abs(c.Path); err == nil {
			c.Path = abs
		}
		c.read()
		if c.missing || c.broken != nil {
			if err := noFolder(env); err != nil {
				c.missing, c.broken = false, err
			}
		}
	}
	c.addMachine()
	return c
}

// read reads the file.
func (c *Config) read() {
	raw, err := helper.ReadFile(c.Path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.missing = true
	case err != nil:
		c.broken = err
	default:
		c.parse(raw)
	}
}

// Parse reads the content, present or future, of docker's configuration file at
// path.
func Parse(env helper.Env, path string, raw []byte) *Config {
	c := newConfig(env, path)
	c.parse(raw)
	c.addMachine()
	return c
}

func newConfig(env helper.Env, path string) *Config {
	return &Config{Path: path, env: env, sections: map[string]*section{}}
}

// parse reads the content of the file. Like docker's own reader, encoding/json,
// it matches the three names without regard to case, merges maps that occur
// twice, and takes null for an empty one.
func (c *Config) parse(raw []byte) {
	if len(bytes.Trim(raw, " \t\r\n")) == 0 {
		return
	}
	end := wire.Walk(raw, 0, 0, func(from, to, at int) int {
		name := wire.String(raw[from:to])
		if strings.EqualFold(name, "plugins") && raw[at] == '{' {
			return c.parsePlugins(raw, at)
		}
		end := wire.Walk(raw, at, 1, nil)
		if end >= 0 {
			c.parseMember(name, raw[at:end])
		}
		return end
	})
	switch k := wire.Kind(raw); {
	case end < 0:
		// Docker's decoder does not look at what stands behind the object.
		_, c.broken = wire.First(raw)
	case k != '{' && k != 'n':
		c.broken = fmt.Errorf("it holds a JSON %s instead of an object", wire.Type(k))
	}
	if c.broken != nil { // then nothing in it counts
		c.CredsStore, c.helpers = "", nil
		c.forget()
	}
}

// parseMember reads one of the file's members, other than an object "plugins".
func (c *Config) parseMember(name string, value []byte) {
	switch {
	case strings.EqualFold(name, "credsStore"):
		if c.CredsStore = ""; value[0] == '"' {
			c.CredsStore = wire.String(value)
		}
	case strings.EqualFold(name, "credHelpers"):
		if c.isMap("credHelpers", value) {
			c.helpers = append(c.helpers, value)
		} else {
			c.helpers = nil
		}
	case strings.EqualFold(name, "plugins"):
		c.isMap("plugins", value)
		c.forget()
	case nearMiss(name) && c.broken == nil:
		// Docker drops it when it next writes the file, and it states an
		// identity that nobody would get.
		c.broken = fmt.Errorf("%+q is beside \"plugins\" and not in it", shown(name))
	}
}

// isMap reports whether the value of one of the file's maps is an object. Null empties
// the map; anything else breaks the file.
func (c *Config) isMap(name string, raw []byte) bool {
	if raw[0] != '{' && raw[0] != 'n' && c.broken == nil {
		c.broken = fmt.Errorf("%s is a JSON %s instead of an object", name, wire.Type(raw[0]))
	}
	return raw[0] == '{'
}

// CredHelpers returns what maps a registry to the suffix of its helper.
func (c *Config) CredHelpers() map[string]string {
	if c.named != nil {
		return c.named
	}
	c.named = map[string]string{}
	for _, raw := range c.helpers {
		for host, value := range wire.Members(raw) {
			delete(c.named, host)
			switch value[0] {
			case '"':
				c.named[host] = wire.String(value)
			case 'n':
				c.named[host] = ""
			}
		}
	}
	return c.named
}

// shown returns the name of a section without a password that is part of it by
// mistake.
func shown(name string) string {
	if rest, ok := strings.CutPrefix(name, Name+"@"); ok {
		return Name + "@" + host.Shown(rest)
	}
	return name
}

// fail returns the error of a configuration that cannot be used: a section's, or
// that of the whole file.
func (c *Config) fail(section, format string, args ...any) error {
	where, file := "", c.Path
	if section != "" {
		where = fmt.Sprintf("plugins[%+q]: ", shown(section)) // letters that look alike do not so
		if s := c.section(section); s != nil {
			file = s.file
		}
	}
	e := &helper.Error{
		Who: helper.User, Op: "read configuration", Object: file, Code: "config",
		Reason: where + fmt.Sprintf(format, args...),
	}
	if file == c.env.MachineConfig {
		e.Who = helper.Admin
	}
	return e
}

// Sections returns the names of the sections and those that are nearly one,
// sorted; see SectionError.
func (c *Config) Sections() []string {
	names := slices.Collect(maps.Keys(c.all()))
	for f := c; f != nil; f = f.machine {
		names = append(names, f.near...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Problems returns every mistake in the file, for doctor and status.
func (c *Config) Problems() []error {
	var all []error
	if err := c.Broken(); err != nil {
		all = append(all, err)
	}
	for _, name := range c.Sections() {
		if err := c.SectionError(name); err != nil {
			all = append(all, err)
		}
	}
	return all
}

// ServedByDocker returns the credHelpers hosts for which docker runs
// docker-credential-iam, sorted.
func (c *Config) ServedByDocker() []string {
	var hosts []string
	for host, suffix := range c.CredHelpers() {
		if suffix == Name {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return hosts
}

// ExactHosts returns the hosts, with their port if any, that have a section of
// their own without wildcard and without path, sorted.
func (c *Config) ExactHosts() []string {
	var hosts []string
	for _, s := range c.all() {
		if s.patternErr == nil && s.name != Name && s.pattern.Stars() == 0 && s.pattern.Path() == "" {
			hosts = append(hosts, s.pattern.Host())
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// Fallback returns the suffix of the docker helper that keeps the credentials of
// other hosts, or "": there is none unless credsStore is "iam". A fallback that
// is configured wrongly is an error that names it; another mistake in the section
// does not concern other hosts, nor does a broken file, which docker itself
// cannot read either.
func (c *Config) Fallback() (string, error) {
	s := c.section(Name)
	if s == nil || c.CredsStore != Name || wire.Kind(s.raw) != '{' {
		return "", nil
	}
	suffix := ""
	if m := s.below.of(fallbackKey); m != nil {
		suffix = m.values[fallbackKey]
	}
	for name, raw := range wire.Members(s.raw) {
		v, err := s.member(name, raw)
		if err != nil && helper.Nearest(name, KeyNames()) == fallbackKey {
			return "", c.fail(Name, "%v", err)
		}
		if name == fallbackKey {
			suffix = v
		}
	}
	return suffix, nil
}

// Account returns the service account of the section "iam", or "".
func (c *Config) Account() string {
	values, err := c.values(c.section(Name))
	if err != nil {
		return ""
	}
	return values["serviceAccount"]
}

// NamesIdentity reports whether the section "iam" names a service account or a source.
func (c *Config) NamesIdentity() bool {
	values, err := c.values(c.section(Name))
	return err == nil && (values["serviceAccount"] != "" || values["source"] != "")
}
