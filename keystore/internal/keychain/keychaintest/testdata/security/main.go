// Command security stands in for macOS's in the folder of the name that it is run by.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/credential-iam/credential-iam/keystore/internal/keychain/keychaintest"
)

func main() {
	dir := filepath.Dir(os.Args[0])
	if ok, err := flock.New(filepath.Join(dir, "busy")).TryLock(); err != nil || !ok {
		fmt.Fprintln(os.Stderr, "security: two at a time")
		os.Exit(1)
	}
	s := keychaintest.Security{Dir: dir, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(s.Run(os.Args[1:]...))
}
