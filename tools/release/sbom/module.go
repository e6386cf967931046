package main

import (
	"runtime/debug"
	"strings"
)

// goroot is the standard library as a module: it is in every program, and its
// vulnerabilities are listed under this name.
func goroot(version string) *debug.Module {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "go"), " ")
	return &debug.Module{Path: "stdlib", Version: version}
}

// purl is the package URL of a Go module, in the form of the purl specification.
func purl(module, version string) string {
	return "pkg:golang/" + module + "@" + strings.ReplaceAll(version, "+", "%2B")
}

// identifier is s in the letters that SPDX allows in an identifier.
func identifier(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '-':
			return r
		}
		return '-'
	}, s)
}
