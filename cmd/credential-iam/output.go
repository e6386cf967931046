package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper/adapter"
)

// out is standard output for an answer: nobody may take a lost one for success. What
// a command with an effect prints is a report, which may get lost.
func (a *app) out() io.Writer {
	if a.effect {
		return a.stdout
	}
	return adapter.Output(a.stdout)
}

// hasEffect marks a command whose answer is what it does, or its exit status.
func hasEffect(c *cobra.Command) *cobra.Command {
	c.Annotations = map[string]string{effect: ""}
	return c
}

// effect is the annotation of hasEffect.
const effect = "effect"

// answer prints one line on standard output. A line that cannot be written is an
// error: a caller that reads a token from a full disk must not go on.
func (a *app) answer(line string) error {
	_, err := fmt.Fprintln(a.out(), line)
	return err
}

// answerJSON prints v as one JSON value on a line of its own.
func (a *app) answerJSON(v any) error {
	e := json.NewEncoder(a.out())
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// note prints a line for a person that is not the answer.
func (a *app) note(format string, args ...any) {
	fmt.Fprintln(a.stderr, adapter.Line("credential-iam", fmt.Errorf(format, args...)))
}

// stamp is a time in JSON: RFC 3339 in UTC, to the second.
func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }
