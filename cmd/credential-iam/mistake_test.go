package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand returns the commands that a person may type, below a tree's root.
func everyCommand(root *cobra.Command) (all []*cobra.Command) {
	for _, c := range root.Commands() {
		if shown(c) {
			all = append(append(all, c), everyCommand(c)...)
		}
	}
	return all
}

// manual is how the line of a mistake ends.
func manual(c *cobra.Command) string { return "; run: " + manualOf(c) + "\n" }

// Every flag of every command refuses an empty value, which is a variable that the
// shell did not find, says its form, and nothing is done.
func TestEmptyFlags(t *testing.T) {
	w := newWorld(t)
	flags := 0
	for _, c := range everyCommand((&app{Core: w.core()}).root(&page{Writer: io.Discard})) {
		path := strings.Fields(c.CommandPath())[1:]
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.NoOptDefVal != "" {
				return
			}
			flags++
			for _, empty := range []string{"", " "} {
				line := w.fail(exitUsage, "", slices.Concat(path, []string{"--" + f.Name, empty})...)
				if !strings.HasPrefix(line, "credential-iam: --"+f.Name+` "": it is empty; want `+form(f)) || !strings.HasSuffix(line, manual(c)) {
					t.Errorf("%s --%s %q: %q", c.CommandPath(), f.Name, empty, line)
				}
			}
			if line := w.fail(exitUsage, "", slices.Concat(path, []string{"--" + f.Name})...); !strings.HasPrefix(line, "credential-iam: --"+f.Name+": its value is missing; want "+form(f)) {
				t.Errorf("%s --%s: %q", c.CommandPath(), f.Name, line)
			}
		})
		for _, flag := range []string{"--jsno", "--hlep"} {
			if line := w.fail(exitUsage, "", append(path, flag)...); !strings.HasPrefix(line, "credential-iam: "+flag+": unknown flag") || !strings.HasSuffix(line, manual(c)) {
				t.Errorf("%s %s: %q", c.CommandPath(), flag, line)
			}
		}
	}
	if flags < 80 {
		t.Errorf("%d flags were tried", flags)
	}
	w.calls(0)
}

// A mistake is one line of one form: what was given, why it cannot be taken, what can.
func TestMistakes(t *testing.T) {
	w := newWorld(t)
	for line, want := range map[string]string{
		"hlp":                          `unknown command "hlp"; did you mean "help"?`,
		"conf":                         `unknown command "conf"; did you mean "configure"?`,
		"STATUS":                       `unknown command "STATUS"; did you mean "status"?`,
		"sign_blob":                    `unknown command "sign_blob"; did you mean "sign-blob"?`,
		"keystores":                    `unknown command "keystores"; did you mean "help keystores"?`,
		"frobnicate --json":            `unknown command "frobnicate"`,
		"mint x":                       `unknown command "mint"`,
		"help hlp":                     `unknown command or topic "hlp"; did you mean "help"?`,
		"help source ad":               `unknown command or topic "source ad"`,
		"source ad":                    `unknown command "ad"; did you mean "add"?; want add, list, remove`,
		"source":                       `COMMAND is missing; want add, list or remove`,
		"source remove":                `NAME is missing; want the name of a source identity`,
		"source remove a b":            `"a b": want one argument, the name of a source identity`,
		"completion":                   `SHELL is missing; want bash, zsh, fish, powershell`,
		"completion bsh":               `unknown shell "bsh"; did you mean "bash"?; want bash, zsh, fish, powershell`,
		"status now":                   `"now": this command takes flags only`,
		"demo x":                       `"x": this command takes flags only`,
		"goauth a b":                   `"a b": want one URL, or none`,
		"token --hots x":               `--hots: unknown flag; did you mean "--host"?`,
		"token -j":                     `-j: unknown flag`,
		"token --json=foo":             `--json "foo" is not true or false`,
		"token --timeout -1s":          `--timeout "-1s" is not more than 0; want a duration such as 90s or 5m`,
		"token --timeout soon":         `--timeout "soon" is not a duration; want one such as 90s or 5m`,
		"token --lifetime -1s":         `--lifetime "-1s" is not between 1s and 12h`,
		"token --delegates a,":         `--delegates "a,": one of its names is empty; want A,B`,
		"token --service-account a@b":  `--service-account "a@b" is not a service account: want an e-mail address`,
		"token --host a?b":             `--host "a?b": `,
		"token --endpoint http://a":    `--endpoint "http://a" must be https`,
		"configure --token foo":        `--token "foo" is not one of access, id, jwt`,
		"configure --set tokne=id":     `--set "tokne=id": unknown key "tokne"; did you mean "token"?`,
		"configure --option roleArn":   `--option "roleArn" is not of the form KEY=VALUE`,
		"configure --docker a?b":       `--docker "a?b": `,
		"configure --git a?b":          `--git "a?b": `,
		"exec --credential-file x y":   `--credential-file "x" is not one of `,
		"serve --listen here":          `--listen "here" is not ADDRESS:PORT, such as 172.17.0.1:0`,
		"serve --listen 127.0.0.1:x":   `--listen "127.0.0.1:x" is not ADDRESS:PORT`,
		"doctor --host https://u:pw@?": `--host "https://`,
	} {
		got := w.fail(exitUsage, "", strings.Fields(line)...)
		rest, ok := strings.CutPrefix(got, "credential-iam: "+want)
		if !ok || !strings.Contains(rest, "; run: credential-iam ") || strings.Contains(got, "pw") {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	if line := w.fail(exitUsage, "", "unconfigure", ""); !strings.HasPrefix(line, `credential-iam: HOST-OR-URL "": it is empty`) {
		t.Errorf("%q", line)
	}
	w.calls(0)
}
