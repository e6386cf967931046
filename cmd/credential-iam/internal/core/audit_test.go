package core

import (
	"context"
	"errors"
	"fmt"
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
