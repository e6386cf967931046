// Package programs is the one list of the programs of this repository: their
// names, what kind each is, the tags that it is built with and the links that it is
// installed under.
//
// The list is the file programs.txt, which install.sh reads too, so that what is
// installed, what `credential-iam version` and doctor look for and what the tests
// build are the same. Nothing outside this repository should import it.
package programs

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// Kind is what a program is for.
type Kind string

// The kinds, as programs.txt describes them.
const (
	Adapter   Kind = "adapter"
	Core      Kind = "core"
	Plugin    Kind = "plugin"
	Companion Kind = "companion"
)

// Program is a program: its folder is cmd/NAME.
type Program struct {
	Name string
	Kind Kind
	// Tags are the build tags, comma-separated.
	Tags string
	// Links are further names that it is installed under.
	Links []string
}

//go:embed programs.txt
var list string

// All returns every program, in the order of the list.
func All() []Program {
	all, err := parse(list)
	if err != nil {
		panic(err) // a test reads the list
	}
	return all
}

// Of returns the programs of the given kinds, in the order of the list.
func Of(kinds ...Kind) []Program {
	return slices.DeleteFunc(All(), func(p Program) bool { return !slices.Contains(kinds, p.Kind) })
}

// Names returns the programs' names.
func Names(all []Program) []string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	return names
}

// parse reads the form of programs.txt.
func parse(text string) ([]Program, error) {
	var all []Program
	var names []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if len(f) < 3 {
			return nil, fmt.Errorf("programs.txt: want NAME KIND TAGS [LINK...] in %q", line)
		}
		p := Program{Name: f[0], Kind: Kind(f[1]), Tags: f[2], Links: f[3:]}
		if !slices.Contains([]Kind{Adapter, Core, Plugin, Companion}, p.Kind) {
			return nil, fmt.Errorf("programs.txt: %s: %q is not a kind", p.Name, p.Kind)
		}
		for _, name := range append([]string{p.Name}, p.Links...) {
			if slices.Contains(names, name) {
				return nil, fmt.Errorf("programs.txt: %s is there twice", name)
			}
			names = append(names, name)
		}
		all = append(all, p)
	}
	return all, nil
}
