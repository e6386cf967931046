package toolconfig

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// program is the program that every tool runs, under whatever name.
const program = "credential-iam-client"

// World is what is looked at and changed.
type World struct {
	Env helper.Env
	// Environ is the environment of a tool; nil is that of this process.
	Environ []string
	// LookPath finds a program as exec.LookPath does.
	LookPath func(name string) (string, error)
	// Bin is the folder of the installed programs.
	Bin string
	// LinkDir is the folder of the links that are made; empty means the default.
	LinkDir string
}

// Client is a tool.
type Client interface {
	// Name is that of the tool's flag.
	Name() string
	// Configure plans what makes the tool ask for what the names stand for.
	Configure(ctx context.Context, w World, names []string, force bool) (Plan, error)
	// Uses tells what is configured. A tool without a configuration has no uses.
	Uses(ctx context.Context, w World) ([]Use, error)
	// Unconfigure plans what undoes the uses that are wanted.
	Unconfigure(ctx context.Context, w World, wanted func(Use) bool) (Plan, error)
}

// Clients returns every tool that is configured.
func Clients() []Client {
	return []Client{kube{}, pip{}, pnpm{}, cargo{}, terraform{}, bazel{}}
}

// Find returns a tool by its flag's name, nil if there is none.
func Find(name string) Client {
	for _, c := range Clients() {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

// Asker returns the client that a tool asks as, "" for one that names no server.
func Asker(name string) host.Client {
	switch name {
	case "kube":
		return host.Kube
	case "cargo":
		return host.Cargo
	case "pnpm":
		return host.Header
	case "bazel":
		return host.Bazel
	}
	return ""
}

// Plan is what is to be done.
type Plan struct {
	Steps []Step
	// Hosts are the servers that the tool talks to, by the name of what they are for,
	// as the tool writes them.
	Hosts map[string]string
	// Notes are what a person should know besides.
	Notes []string
}

// Step is one change, all of it or nothing.
type Step struct {
	files.Step
	Changes []Change
	// Diff is the change as text, without a value of others.
	Diff string
}

// action is a change that is not that of a file.
type action struct {
	do, undo func(ctx context.Context) error
	ctx      context.Context
}

func (a *action) Prepare(ctx context.Context) error {
	a.ctx = ctx
	return nil
}
func (a *action) Commit() error   { return a.do(a.ctx) }
func (a *action) Rollback() error { return a.undo(context.WithoutCancel(a.ctx)) }
func (*action) Discard()          {}

// Change is one setting with its values before and after.
type Change struct {
	File string   `json:"file"`
	Key  string   `json:"key"`
	Old  []string `json:"old,omitempty"`
	New  []string `json:"new,omitempty"`
}

// Use is one use of a tool that is configured to ask.
type Use struct {
	// Client is the name of the tool's flag, Name what that flag names: a context of
	// kubectl, a registry of cargo, a URL; empty for all of the tool.
	Client, Name string
	// Server is the server as the tool writes it, empty where the use names none.
	Server string
	// Program is what the tool runs, File where it says so.
	Program, File string
	// Trouble says why it cannot work, with the command that fixes it.
	Trouble, Fix string
}

// Host returns the host of the server as sections name it, "" where it is none.
func (u Use) Host() string {
	_, p, err := host.Form{Schemes: []string{"https", "http"}, Bare: true}.ReadPattern(u.Server)
	if err != nil {
		return ""
	}
	return p.Host()
}

// Uses tells what is configured, of every tool. A tool that cannot be asked is an
// error of its own, by its name.
func (w World) Uses(ctx context.Context) (all []Use, failed map[string]error) {
	failed = map[string]error{}
	for _, c := range Clients() {
		uses, err := c.Uses(ctx, w)
		if err != nil {
			failed[c.Name()] = err
		}
		all = append(all, uses...)
	}
	return all, failed
}

// Names returns what a client's flag may name, as far as its own configuration says.
func (w World) Names(ctx context.Context, client string) (names []string) {
	switch client {
	case "kube":
		c, err := w.kubectl()
		if err != nil {
			return nil
		}
		config, err := c.view(ctx)
		if err != nil {
			return nil
		}
		for _, at := range config.Contexts {
			names = append(names, at.Name)
		}
	case "cargo":
		c, err := cargo{}.read(w)
		if err != nil {
			return nil
		}
		registries, _ := c.root["registries"].(map[string]any)
		names = slices.Sorted(maps.Keys(registries))
	case "pnpm":
		f, err := pnpm{}.read(w)
		if err != nil {
			return nil
		}
		for i := range f.text {
			if name, url, ok := strings.Cut(f.text.line(i), "registry="); ok && (name == "" || strings.HasPrefix(name, "@")) {
				names = append(names, strings.TrimSpace(url))
			}
		}
	}
	return names
}

// home returns a path below the person's home folder.
func (w World) home(op string, parts ...string) (string, error) {
	if w.Env.HomeDir == "" {
		return "", failure(op, parts[len(parts)-1], "there is no home folder", "export HOME=DIR")
	}
	return filepath.Join(append([]string{w.Env.HomeDir}, parts...)...), nil
}

// installed returns the path of one of our programs: beside this one, since a tool
// that an editor or a daemon starts has another PATH, or on the PATH.
func (w World) installed(name string) (string, error) {
	file := executable(name)
	if path := filepath.Join(w.Bin, file); w.Bin != "" && filepath.IsAbs(path) {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path, nil
		}
	}
	if path, err := w.LookPath(file); err == nil && filepath.IsAbs(path) {
		return path, nil
	}
	return "", failure("find", name, "it is neither beside credential-iam nor on the PATH; nothing was changed", "./install.sh")
}

// onPath returns a note for a tool that looks for a program on the PATH alone, where
// it is not there.
func (w World) onPath(tool, name string) []string {
	if _, err := w.LookPath(name); err == nil || w.Bin == "" {
		return nil
	}
	return []string{name + " is not on the PATH, and " + tool + " looks for it nowhere else; run: export PATH=" + helper.ShellWord(w.Bin) + ":$PATH"}
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// base returns the name of a program without its folder and ending, on any system.
func base(path string) string {
	path = path[strings.LastIndexAny(path, `/\`)+1:]
	return strings.TrimSuffix(path, ".exe")
}

// ours returns the uses that are wanted.
func ours(uses []Use, wanted func(Use) bool) []Use {
	return slices.DeleteFunc(uses, func(u Use) bool { return !wanted(u) })
}

func named(uses []Use, name string) bool {
	return slices.ContainsFunc(uses, func(u Use) bool { return u.Name == name })
}

// failure returns an error for a person.
func failure(op, object, reason, hint string) error {
	return &helper.Error{Who: helper.User, Op: op, Object: object, Reason: reason, Hint: hint, Code: "configure"}
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
