package manual

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
)

// Command is a command of credential-iam, as its hidden command "manual" prints it.
type Command struct {
	// Path is its whole name, "credential-iam source add".
	Path    string `json:"path"`
	Short   string `json:"short"`
	Long    string `json:"long"`
	Usage   string `json:"usage"`
	Example string `json:"example"`
	Flags   []Flag `json:"flags"`
	// Commands are the paths of the commands below it.
	Commands []string `json:"commands"`
}

// Flag is a flag of a command.
type Flag struct {
	// Name has its dashes, Value is what it takes, empty for a switch.
	Name  string `json:"name"`
	Value string `json:"value"`
	Usage string `json:"usage"`
}

// Commands asks the built program for its commands.
func Commands(program string) ([]Command, error) {
	out, err := exec.Command(program, "manual").Output()
	if err != nil {
		return nil, fmt.Errorf("%s manual: %w", program, err)
	}
	var all []Command
	err = json.Unmarshal(out, &all)
	return all, err
}

// Name is the name of the command's man page: "credential-iam-source-add".
func (c Command) Name() string { return strings.ReplaceAll(c.Path, " ", "-") }

// Page1 renders the command's man page.
func (c Command) Page1(version string) string {
	var b strings.Builder
	head(&b, c.Name(), 1, version, c.Short)
	b.WriteString(".SH SYNOPSIS\n" + protect(escape(c.Usage)) + "\n")
	b.WriteString(".SH DESCRIPTION\n")
	for text := range strings.SplitSeq(strings.TrimSpace(c.Long), "\n\n") {
		b.WriteString(".PP\n")
		for line := range strings.Lines(text) {
			b.WriteString(protect(escape(strings.TrimRight(line, "\n"))) + "\n")
		}
	}
	if len(c.Flags) > 0 {
		b.WriteString(".SH OPTIONS\n")
		for _, f := range c.Flags {
			b.WriteString(".TP\n\\fB" + escape(f.Name) + "\\fR")
			if f.Value != "" {
				b.WriteString(" \\fI" + escape(f.Value) + "\\fR")
			}
			b.WriteString("\n" + protect(escape(f.Usage)) + "\n")
		}
	}
	if c.Example != "" {
		b.WriteString(".SH EXAMPLES\n")
		var lines []string
		for line := range strings.Lines(c.Example) {
			lines = append(lines, strings.TrimPrefix(strings.TrimRight(line, "\n"), "  "))
		}
		roffCode(&b, lines)
	}
	b.WriteString(".SH SEE ALSO\n")
	others := append([]string{"credential-iam"}, c.Commands...)
	for _, other := range others {
		if other != c.Path {
			b.WriteString(".BR " + escape(strings.ReplaceAll(other, " ", "-")) + " (1),\n")
		}
	}
	b.WriteString(".BR credential\\-iam\\-configuration (7)\n")
	return b.String()
}
