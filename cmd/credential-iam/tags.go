package main

import (
	"debug/buildinfo"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
)

// module is the path of this module, which is also where its repository is.
const module = "github.com/credential-iam/credential-iam"

// untagged returns the paths of this program and of the adapters found that were
// built without a tag that programs.txt has for them: "go install" takes no tags from
// a module. What cannot be read, or was not built by Go, says nothing about its tags.
func (a *app) untagged(found []program) []string {
	var paths []string
	if a.Executable != "" {
		found = append([]program{{Name: programs.Names(programs.Of(programs.Core))[0], Path: a.Executable}}, found...)
	}
	for _, p := range found {
		if p.Error != "" {
			continue
		}
		info, err := buildinfo.ReadFile(p.Path)
		if err == nil && info.Path == module+"/cmd/"+p.Name && lacks(info, p.Name) {
			paths = append(paths, p.Path)
		}
	}
	return paths
}

// lacks tells whether a program was built without one of its tags.
func lacks(info *debug.BuildInfo, name string) bool {
	var have []string
	for _, s := range info.Settings {
		if s.Key == "-tags" {
			have = strings.Split(s.Value, ",")
		}
	}
	return slices.ContainsFunc(programs.All(), func(p programs.Program) bool {
		return p.Name == name && slices.ContainsFunc(strings.Split(p.Tags, ","), func(tag string) bool { return !slices.Contains(have, tag) })
	})
}
