package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
)

// addCallFlags adds how the API is called: --endpoint, --quota-project,
// --request-reason, and --timeout, for which a command tries in place of the 20 seconds
// and the few attempts that a credential helper has.
func (a *app) addCallFlags(c *cobra.Command, f *targetFlags) {
	f.add(c, "endpoint", "URL", "base URL of the IAM Credentials API: https, or http to this machine itself")
	f.add(c, "quotaProject", "PROJECT", "project whose quota the calls count against (X-Goog-User-Project)")
	f.add(c, "requestReason", "TEXT", "reason for the audit log (X-Goog-Request-Reason); a cached token is then not used")
	c.Flags().Var((*timeout)(&a.Timeout), "timeout", "how long to try, as 90s or 5m (default 20s)")
}

// timeout is the value of --timeout.
type timeout time.Duration

// String returns the value, "" if the flag is not given.
func (d *timeout) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

// Type names the value in the help.
func (*timeout) Type() string { return "DURATION" }

// Set reads a duration.
func (d *timeout) Set(v string) error {
	t, err := time.ParseDuration(v)
	switch shown := helper.OneLine(v, 60); {
	case err != nil:
		return fmt.Errorf("%q is not a duration; want one such as 90s or 5m", shown)
	case t <= 0:
		return fmt.Errorf("%q is not more than 0; want a duration such as 90s or 5m", shown)
	}
	*d = timeout(t)
	return nil
}

// within bounds a command by its --timeout, whatever the command waits for.
func (a *app) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if a.Timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, a.Timeout)
}
