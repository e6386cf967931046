package dockerconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tailscale/hujson"

	"github.com/credential-iam/credential-iam/helper/wire"
)

// The members of the top level that are edited.
const (
	credHelpers = "credHelpers"
	plugins     = "plugins"
)

// Document is the text of a configuration file.
type Document struct {
	root   hujson.Value
	object *hujson.Object
	layout layout
	// rest is what stands behind the object, which docker does not look at.
	rest []byte
	// created says that the text looks as a file that New made.
	created bool
	meaning meaning
}

// meaning is what docker decodes from the text (docker/cli,
// cli/config/configfile/file.go), with the types that make docker stop reading.
type meaning struct {
	Auths map[string]struct {
		Username      string `json:"username"`
		Password      string `json:"password"`
		Auth          string `json:"auth"`
		Email         string `json:"email"`
		ServerAddress string `json:"serveraddress"`
		IdentityToken string `json:"identitytoken"`
		RegistryToken string `json:"registrytoken"`
	} `json:"auths"`
	HTTPHeaders  map[string]string            `json:"HttpHeaders"`
	DetachKeys   string                       `json:"detachKeys"`
	CredsStore   string                       `json:"credsStore"`
	CredHelpers  map[string]string            `json:"credHelpers"`
	PruneFilters []string                     `json:"pruneFilters"`
	Proxies      map[string]map[string]string `json:"proxies"`
	Context      string                       `json:"currentContext"`
	ExtraDirs    []string                     `json:"cliPluginsExtraDirs"`
	Plugins      map[string]map[string]string `json:"plugins"`
	Aliases      map[string]string            `json:"aliases"`
	Features     map[string]string            `json:"features"`
}

// Parse reads a text. No text at all is an empty configuration, as it is for
// docker. The error of a text that docker cannot read says where, by line and
// column.
func Parse(raw []byte) (*Document, error) {
	d := &Document{layout: findLayout(raw)}
	if len(bytes.TrimSpace(raw)) == 0 {
		d.object = &hujson.Object{}
		d.root.Value = d.object
		if bytes.HasSuffix(raw, []byte("\n")) {
			d.root.AfterExtra = hujson.Extra(d.layout.newline)
		}
		return d, nil
	}
	first, err := wire.First(raw)
	if err != nil {
		return nil, err
	}
	root, err := hujson.Parse(first)
	if err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	d.rest = raw[len(first):]
	raw = first
	object, ok := root.Value.(*hujson.Object)
	if !ok {
		return nil, fmt.Errorf("line 1, column 1: it holds a JSON %s instead of an object", wire.Type(byte(root.Value.Kind())))
	}
	d.root, d.object = root, object
	d.layout.learn(object)
	if err := json.Unmarshal(raw, &d.meaning); err != nil {
		return nil, typeError(raw, root, err)
	}
	d.created = bytes.ContainsRune(raw, '\n') && len(d.rest) == 0
	return d, nil
}

// Bytes returns the text.
func (d *Document) Bytes() []byte { return append(d.root.Pack(), d.rest...) }

// Empty reports whether nothing is configured.
func (d *Document) Empty() bool { return len(d.object.Members) == 0 }

// Vanishes reports whether the text is empty after an edit, and looks as if this
// package had made the file: then there was none before. Docker leaves no final
// newline, and neither does this package; a person's editor does.
func (d *Document) Vanishes() bool { return bare(d.object) && d.created }

// Helpers returns the credential helper of each registry, by its suffix.
func (d *Document) Helpers() map[string]string { return maps.Clone(d.meaning.CredHelpers) }

// Store returns the suffix of the helper for every other registry.
func (d *Document) Store() string { return d.meaning.CredsStore }

// Plaintext reports whether the file holds a password or a token of the host.
func (d *Document) Plaintext(host string) bool {
	for name, secret := range d.Logins() {
		name = strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")
		name, _, _ = strings.Cut(name, "/")
		if strings.EqualFold(name, host) && secret {
			return true
		}
	}
	return false
}

// Logins returns the registries below "auths", and whether the file holds a
// password or a token of each.
func (d *Document) Logins() map[string]bool {
	logins := map[string]bool{}
	for name, a := range d.meaning.Auths {
		logins[name] = a.Auth+a.Password+a.IdentityToken+a.RegistryToken != ""
	}
	return logins
}

// Sections returns the names below "plugins" that own accepts, sorted.
func (d *Document) Sections(own func(name string) bool) []string {
	names := slices.Sorted(maps.Keys(d.meaning.Plugins))
	return slices.DeleteFunc(names, func(name string) bool { return !own(name) })
}

// Section returns the keys of a section, nil if there is none.
func (d *Document) Section(name string) map[string]string { return maps.Clone(d.meaning.Plugins[name]) }

// Consents reports whether a section, or that of its host alone, names the kind
// of token: without it a host that is not built in gets none.
func (d *Document) Consents(section string) bool {
	host, _, _ := strings.Cut(section, "/")
	for _, name := range []string{section, host} {
		if keys := d.meaning.Plugins[name]; keys["token"] != "" || keys["issuer"] != "" {
			return true
		}
	}
	return false
}
