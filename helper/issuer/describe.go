package issuer

import (
	"maps"
	"time"

	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
)

// Option is one issuer.KEY that a plugin takes.
type Option struct {
	Name     string `json:"name"`
	Meaning  string `json:"meaning,omitempty"`
	Required bool   `json:"required,omitempty"`
}

// Description is what a plugin says of itself, and where it was found.
type Description struct {
	// Name and Path are of the plugin; SHA256 is the digest of its file, in hex.
	Name   string `json:"name"`
	Path   string `json:"path,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	// Protocol is the version of the protocol that was agreed on.
	Protocol int `json:"protocol"`
	// Version is the plugin's own.
	Version string `json:"version,omitempty"`
	// Environment lists the variables that it declares.
	Environment []string `json:"environment,omitempty"`
	// Options lists the options that it takes; none means any.
	Options []Option `json:"options,omitempty"`
	// Start is how long it took from starting the process to this answer.
	Start time.Duration `json:"start,omitempty"`
}

// CheckOptions returns why the plugin does not take the options of a host, issuer.KEY without
// the prefix, or nil. Its error is that of a mint; a pin is no option of the plugin's.
func (d Description) CheckOptions(host string, options map[string]string) error {
	own := maps.Clone(options)
	delete(own, pinOption)
	return checkOptions(d.Name, host, d.Options, own)
}

// ServeOption declares something about a plugin.
type ServeOption func(*Description)

// Version is the plugin's own version, for people.
func Version(v string) ServeOption {
	return func(d *Description) { d.Version = v }
}

// Env declares environment variables that the plugin wants: exact names, or a
// prefix and an asterisk ("AWS_*"). They are set before Issue is called, not
// before main: read them in Issue. Whatever could hold or lead to a source
// credential is withheld, see the README.
func Env(names ...string) ServeOption {
	return func(d *Description) { d.Environment = append(d.Environment, names...) }
}

// Takes declares an option. Once one is declared, a request with any other is
// refused with the nearest right name.
func Takes(name, meaning string) ServeOption {
	return func(d *Description) { d.Options = append(d.Options, Option{Name: name, Meaning: meaning}) }
}

// Needs declares an option without which the plugin cannot work.
func Needs(name, meaning string) ServeOption {
	return func(d *Description) {
		d.Options = append(d.Options, Option{Name: name, Meaning: meaning, Required: true})
	}
}

// Proxies are the variables by which Go's http package finds a proxy and its
// certificate authorities, for Env.
func Proxies() []string {
	return []string{"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"}
}

func (d Description) wire() *issuerpb.DescribeResponse {
	r := &issuerpb.DescribeResponse{Version: d.Version, Environment: d.Environment}
	for _, o := range d.Options {
		r.Options = append(r.Options, &issuerpb.Option{Name: o.Name, Meaning: o.Meaning, Required: o.Required})
	}
	return r
}

func (d *Description) fill(r *issuerpb.DescribeResponse) {
	d.Version, d.Environment = clip(r.GetVersion()), r.GetEnvironment()
	for _, o := range r.GetOptions() {
		d.Options = append(d.Options, Option{Name: clip(o.GetName()), Meaning: clip(o.GetMeaning()), Required: o.GetRequired()})
	}
}
