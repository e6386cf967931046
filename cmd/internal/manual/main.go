//go:build ignore

// The generator of the manual. It is run from its file: a package main here would
// be installed by "go install ./cmd/..." beside the products.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/credential-iam/credential-iam/cmd/internal/manual"
)

func main() {
	topics := flag.String("topics", "", "write the help topics to this `folder`")
	man := flag.String("man", "", "write the man pages below this `folder`; needs -bin")
	bin := flag.String("bin", "", "the `folder` of the built programs")
	version := flag.String("version", "devel", "the `version` that the man pages name")
	flag.Parse()
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..", "..")
	var err error
	switch {
	case *topics != "":
		err = manual.WriteTopics(root, *topics)
	case *man != "" && *bin != "":
		err = manual.WritePages(root, *bin, *version, *man)
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "manual: "+err.Error())
		os.Exit(1)
	}
}
