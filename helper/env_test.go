package helper

import (
	"io"
	"runtime"
	"testing"
)

// TestHome: what looks like a secret is no home folder, and the variable that has it is
// named instead.
func TestHome(t *testing.T) {
	name := "HOME"
	if runtime.GOOS == "windows" {
		name = "USERPROFILE"
	}
	for value, dir := range map[string]string{"/home/u": "/home/u", "ya29.geheim": "", `{"private_key":"geheim"}`: ""} {
		e := SystemEnv("x", func(v string) string { return map[string]string{name: value}[v] }, io.Discard)
		if e.HomeDir != dir || e.HomeFrom != name {
			t.Errorf("%s: %q from %q", value, e.HomeDir, e.HomeFrom)
		}
	}
}
