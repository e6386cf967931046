// Crosscheck type-checks every package of the module in the working folder, with its
// tests, for each target (GOOS/GOARCH) that it is given. It reads what other modules
// declare and not what they do, so it takes seconds where a compiler takes minutes.
//
//	crosscheck linux/arm64 ...
package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	failed := false
	for _, target := range os.Args[1:] {
		system, processor, _ := strings.Cut(target, "/")
		all, err := packages.Load(&packages.Config{
			Mode:  packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps | packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax,
			Env:   append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0", "GOWORK=off"),
			Tests: true,
		}, "./...")
		if err != nil {
			fmt.Fprintf(os.Stderr, "crosscheck: %s: %v\n", target, err)
			os.Exit(1)
		}
		if len(all) == 0 {
			fmt.Fprintf(os.Stderr, "crosscheck: %s: no packages\n", target)
			failed = true
		}
		for _, p := range all {
			for _, err := range p.Errors {
				fmt.Fprintf(os.Stderr, "crosscheck: %s: %v\n", target, err)
				failed = true
			}
		}
	}
	if failed {
		os.Exit(1)
	}
}
