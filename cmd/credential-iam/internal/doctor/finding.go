package doctor

import (
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// Result is how a check ended.
type Result string

// The results, in their stable form.
const (
	OK      Result = "ok"
	Warning Result = "warning"
	Error   Result = "error"
	Skipped Result = "skipped"
)

// Finding is what a check found, in its stable form.
type Finding struct {
	// Name is what was checked: a word, or a word and a host.
	Name   string `json:"name"`
	Result Result `json:"result"`
	// Detail says what was found, in one line.
	Detail string `json:"detail"`
	// Fix is a command that fixes it, "" where there is nothing to fix or no
	// command for it.
	Fix string `json:"fix,omitempty"`
}

// width is that of the terminal that everybody has.
const width = 80

// indent is before each line of a finding but the first.
const indent = "         "

// String returns a finding as lines that fit a terminal. The fix, a line of its
// own to be copied, is as long as it is.
func (f Finding) String() string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(fmt.Sprintf("%s: %s", f.Name, f.Detail)) {
		switch {
		case i == 0:
			fmt.Fprintf(&b, "%-8s ", f.Result)
			column = len(indent)
		case column+1+len(word) > width:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	if f.Fix != "" {
		b.WriteString("\n" + indent + "run: " + f.Fix)
	}
	return b.String()
}

// report takes the findings of a check as they are known. It may be called by
// several goroutines.
type report func(Finding)

// add reports a finding.
func (r report) add(result Result, name, fix, format string, args ...any) {
	r(finding(result, name, fix, format, args...))
}

func finding(result Result, name, fix, format string, args ...any) Finding {
	return Finding{
		Name: helper.OneLine(name, 300), Result: result, Detail: helper.OneLine(fmt.Sprintf(format, args...), 1500),
		Fix: helper.OneLine(fix, 1<<16), // never cut
	}
}

// join returns words as "a, b and c".
func join(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
