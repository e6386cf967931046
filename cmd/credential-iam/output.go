package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// answer prints one line on standard output. A line that cannot be written is an
// error: a caller that reads a token from a full disk must not go on.
func (a *app) answer(line string) error {
	_, err := fmt.Fprintln(a.stdout, line)
	return err
}

// answerJSON prints v as one JSON value on a line of its own.
func (a *app) answerJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// note prints something for a person that is not the answer.
func (a *app) note(format string, args ...any) {
	fmt.Fprintf(a.stderr, "credential-iam: "+format+"\n", args...)
}

// stamp is a time in JSON: RFC 3339 in UTC, to the second.
func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }
