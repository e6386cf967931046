package main

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
)

// A secret in the place of a path is shown in no error, and makes no file of its name.
func TestPathIsSecret(t *testing.T) {
	w := newWorld(t)
	t.Chdir(t.TempDir())
	const secret = "ya29.a0AfB_byC3xKq9Z1vW7sT5uR2pQ4oN6mL8kJ0iH"
	for _, args := range [][]string{
		{"configure", "--kubelet", "--out", secret},
		{"configure", "--pip", "--link-dir", secret},
		{"unconfigure", "--pip", "--link-dir", secret},
	} {
		line := w.fail(exitUsage, "", args...)
		if strings.Contains(line, secret) || !strings.Contains(line, args[len(args)-2]+": "+helper.NotShown) {
			t.Errorf("%q: %q", args[:2], line)
		}
	}
}
