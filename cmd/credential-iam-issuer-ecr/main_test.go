package main

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/helper/issuer/issuertest"
)

// built is the plugin, built once for the whole package.
var built struct {
	dir  string
	once sync.Once
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "issuer-ecr-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built.dir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func pluginDir(t *testing.T) string {
	t.Helper()
	built.once.Do(func() { issuertest.BuildTo(t, built.dir, "ecr", ".") })
	return built.dir
}
