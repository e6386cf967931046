package issuer

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
)

// DefaultTimeout is what a plugin gets for everything, from its start on.
const DefaultTimeout = 15 * time.Second

// pinOption is the option that is the host's: the digest of the plugin's file.
const pinOption = "sha256"

// HostOptions are the parts of the world that a host touches.
type HostOptions struct {
	// Env is the core's: its clock, its log, its folders.
	Env helper.Env
	// Environ is the core's environment, as os.Environ returns it. A plugin
	// gets the variables that it declares, less those that are withheld.
	Environ []string
	// Dirs are the folders with plugins; nil means DefaultDirs.
	Dirs []string
	// TempDir is where the private folder of the sockets is made; empty means a
	// short one that the system provides.
	TempDir string
	// Timeout is for a whole Issue or Describe; 0 means DefaultTimeout.
	Timeout time.Duration
}

// Host asks one plugin. It keeps no process: each call starts the plugin again
// and ends it, with its children, before it returns. It can be used by several
// goroutines.
type Host struct {
	name string
	path string
	opts HostOptions
}

// Open finds the plugin of a name and checks that it may be started; it starts
// nothing. The error is a *helper.Error.
func Open(ctx context.Context, name string, opts HostOptions) (*Host, error) {
	if opts.Dirs == nil {
		exe, err := os.Executable()
		if err != nil {
			opts.Env.Log.Printf("issuer %s: own executable: %v", name, err)
		}
		opts.Dirs = DefaultDirs(exe, opts.Env)
	}
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.Env.Now == nil {
		opts.Env.Now = time.Now
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, err := find(name, opts.Dirs)
	if err != nil {
		return nil, err
	}
	o, err := openTrusted(name, path, "", false)
	if err != nil {
		return nil, err
	}
	return &Host{name: name, path: path, opts: opts}, o.file.Close()
}

// Path returns where the plugin was found.
func (h *Host) Path() string { return h.path }

// Describe starts the plugin and returns what it says of itself, with the digest
// of its file. A pin ("" for none) is compared first.
func (h *Host) Describe(ctx context.Context, pin string) (Description, error) {
	ctx, cancel := context.WithTimeout(ctx, h.opts.Timeout)
	defer cancel()
	began := h.opts.Env.Now()
	s, err := h.start(ctx, h.name, pin, true)
	if err != nil {
		return Description{}, err
	}
	defer s.close()
	d, err := s.describe(ctx)
	d.Start = h.opts.Env.Now().Sub(began)
	return d, err
}

// Issue starts the plugin and returns its credential for the target, as the
// identity. The error is a *helper.Error: the identity's own, where that is what
// failed, else one that says whose fault it is.
func (h *Host) Issue(ctx context.Context, t helper.Target, id Identity) (helper.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, h.opts.Timeout)
	defer cancel()
	options := maps.Clone(t.Options)
	pin := options[pinOption]
	delete(options, pinOption)

	s, err := h.start(ctx, t.Host, pin, false)
	if err != nil {
		return helper.Token{}, err
	}
	defer s.close()
	d, err := s.describe(ctx)
	if err != nil {
		return helper.Token{}, err
	}
	if err := checkOptions(h.name, t.Host, d.Options, options); err != nil {
		return helper.Token{}, err
	}
	env, kept, err := declared(d.Environment, h.opts.Environ)
	if err != nil {
		return helper.Token{}, s.fault(helper.PluginAuthor, err.Error())
	}
	h.opts.Env.Log.Printf("issuer %s: environment %s; withheld %s", h.name,
		strings.Join(slices.Sorted(maps.Keys(env)), " "), strings.Join(kept, " "))
	return s.issue(ctx, &issuerpb.IssueRequest{
		Protocol: t.Protocol, Host: t.Host, Path: t.Path, ServiceAccount: t.ServiceAccount,
		Options: options, Environment: env,
	}, id)
}

// checkOptions compares the configured options with those that the plugin
// declares. A plugin that declares none takes any.
func checkOptions(plugin, host string, takes []Option, options map[string]string) error {
	if len(takes) == 0 {
		return nil
	}
	names := make([]string, 0, len(takes))
	var missing []string
	for _, o := range takes {
		names = append(names, o.Name)
		if o.Required && options[o.Name] == "" {
			missing = append(missing, o.Name)
		}
	}
	wrong := func(reason string, options ...string) error {
		set := ""
		for _, name := range options {
			set += " --option " + helper.ShellWord(clip80(name)) + "=VALUE"
		}
		return &helper.Error{
			Who: helper.User, Op: "get credential for", Object: host, Code: "bad-option",
			Reason: fmt.Sprintf("issuer %s: %s", plugin, reason),
			Hint:   fmt.Sprintf("credential-iam configure --docker %s --issuer %s%s", helper.ShellWord(host), plugin, set),
		}
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if !slices.Contains(names, name) {
			near := helper.Nearest(name, names)
			return wrong(fmt.Sprintf("it has no option issuer.%s; the nearest is issuer.%s", clip80(name), clip80(near)), near)
		}
	}
	if len(missing) > 0 {
		return wrong("it needs issuer."+strings.Join(missing, " and issuer."), missing...)
	}
	return nil
}
