package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// transcript prints what happens, in plain ASCII.
type transcript struct{ out io.Writer }

// title opens a chapter.
func (p *transcript) title(s string) { fmt.Fprintf(p.out, "\n== %s\n", s) }

// line prints a sentence.
func (p *transcript) line(format string, args ...any) {
	fmt.Fprintln(p.out, strings.TrimRight("   "+fmt.Sprintf(format, args...), " "))
}

// command prints what a person would type.
func (p *transcript) command(s string) { fmt.Fprintf(p.out, "   $ %s\n", s) }

// output prints what a program said.
func (p *transcript) output(s string) {
	for line := range strings.Lines(s) {
		if line = helper.OneLine(line, 600); line != "" {
			fmt.Fprintf(p.out, "     %s\n", line)
		}
	}
}

// cost is what a step took.
type cost struct {
	took  time.Duration
	calls []string
}

// String is the cost in words: "12 ms, 1 call (generateAccessToken)".
func (c cost) String() string {
	took := fmt.Sprintf("%d ms", c.took.Milliseconds())
	if c.took < 10*time.Millisecond {
		took = fmt.Sprintf("%.1f ms", float64(c.took.Microseconds())/1000)
	}
	switch len(c.calls) {
	case 0:
		return took + ", no API call"
	case 1:
		return took + ", 1 API call: " + c.calls[0]
	}
	return fmt.Sprintf("%s, %d API calls: %s", took, len(c.calls), strings.Join(c.calls, ", "))
}

// result prints how a step ended and what it cost.
func (p *transcript) result(c cost, format string, args ...any) {
	fmt.Fprintf(p.out, "     %s\n     [%s]\n", fmt.Sprintf(format, args...), c)
}
