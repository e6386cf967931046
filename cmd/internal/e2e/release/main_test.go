//go:build linux

package release

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if made.folders != nil {
		for _, dir := range made.folders {
			_ = os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}
