package core

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

type failing struct{ err error }

func (f failing) Mint(context.Context, helper.Target) (helper.Token, error) {
	return helper.Token{}, f.err
}

// TestAuditHasNoSecret: what a file or a server put where a name was wanted is not
// shown, and cannot begin a second line or another field.
func TestAuditHasNoSecret(t *testing.T) {
	const secret = "ya29.c.b0AXv0zTNothingThatIsShownAnywhereAtAll1234567890"
	var lines []string
	c := Core{Env: helper.Env{Now: time.Now, Log: func(format string, args ...any) {
		lines = append(lines, fmt.Sprintf(format, args...))
	}}}
	target := helper.Target{
		Host: "h\" result=ok\nx", ServiceAccount: secret,
		Source: helper.Source{Kind: "file", Path: "https://user:NothingThatIsShown@example.com/x"},
	}
	if _, err := c.audit(failing{errors.New("the server said " + secret)}).Mint(t.Context(), target); err == nil {
		t.Error("no error")
	}
	if len(lines) != 1 {
		t.Fatalf("%d lines, want 1: %q", len(lines), lines)
	}
	if line := lines[0]; strings.Contains(line, "NothingThatIsShown") || strings.Contains(line, "\n") ||
		strings.Contains(line, `h" result=ok`) || !strings.Contains(line, " result=failed ") {
		t.Errorf("%s", line)
	}
}

type working struct{}

func (working) Mint(context.Context, helper.Target) (helper.Token, error) {
	return helper.Token{Expires: time.Now()}, nil
}

// TestAuditIsDocumented: every field of the line is in the manual, and no other.
func TestAuditIsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.FromSlash("../../../../docs/configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "\n## Log and audit\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var lines strings.Builder
	c := Core{Env: helper.Env{Now: time.Now, Log: func(format string, args ...any) { fmt.Fprintf(&lines, format+"\n", args...) }}}
	for _, m := range []helper.Minter{working{}, failing{errors.New("why")}} {
		_, _ = c.audit(m).Mint(t.Context(), helper.Target{})
	}
	fields := map[string]bool{}
	for _, m := range regexp.MustCompile(` (\w+)=`).FindAllStringSubmatch(lines.String(), -1) {
		fields[m[1]] = true
	}
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(text, -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			if name = strings.Trim(name, "`"); !fields[name] {
				t.Errorf("the manual has a field %q, which no line has", name)
			}
			delete(fields, name)
		}
	}
	if len(fields) > 0 {
		t.Errorf("the manual does not have %v", slices.Sorted(maps.Keys(fields)))
	}
}
