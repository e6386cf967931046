package helper

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestBounded(t *testing.T) {
	b := Bounded{Limit: 5}
	for _, s := range []string{"abc", "", "de"} {
		if n, err := io.WriteString(&b, s); n != len(s) || err != nil || b.Cut() {
			t.Fatalf("%q: %d, %v, cut %t", s, n, err, b.Cut())
		}
	}
	for _, s := range []string{"f", "ghijkl"} {
		if n, err := io.WriteString(&b, s); n != len(s) || err != nil || !b.Cut() || b.String() != "abcde" {
			t.Fatalf("%q: %d, %v, cut %t, kept %q", s, n, err, b.Cut(), b.Bytes())
		}
	}
}

// A program's output comes by io.Copy, which asks for ReadFrom first.
func TestBoundedOutput(t *testing.T) {
	b := Bounded{Limit: 5}
	cmd := exec.Command(os.Args[0], "-test.list=.")
	cmd.Stdout = &b
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if len(b.Bytes()) != 5 || !b.Cut() || strings.TrimSpace(b.String()) == "" {
		t.Errorf("kept %q", b.Bytes())
	}
}
