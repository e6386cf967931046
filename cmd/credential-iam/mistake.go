package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/topics"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// A mistake in the command line is one line, whoever finds it: what was given, why it
// cannot be taken, what can be, and the command that shows the manual:
//
//	--docker "": it is empty; want HOST
//	--token "foo" is not one of access, id, jwt
//	--hots: unknown flag; did you mean --host?
//	unknown command "hlp"; did you mean "help"?

// usageError is a mistake in the command line that only the command itself can
// see; it ends with exitUsage.
type usageError struct{ error }

// usagef returns a usageError.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// flagMistake words the error of a flag. It drops the value where that may be a secret,
// and the password from a URL.
func flagMistake(c *cobra.Command, err error) error {
	var (
		value   *pflag.InvalidValueError
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		syntax  *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &value):
		return valueMistake(value)
	case errors.As(err, &missing):
		return fmt.Errorf("%s: its value is missing; want %s", flagName(missing.GetSpecifiedName(), missing.GetSpecifiedShortnames()), form(missing.GetFlag()))
	case errors.As(err, &unknown):
		name := flagName(unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames())
		return fmt.Errorf("%s: unknown flag%s", helper.OneLine(name, 60), meant(name, flagNamesOf(c)))
	case errors.As(err, &syntax):
		return fmt.Errorf("%q is not a flag", helper.OneLine(syntax.GetSpecifiedFlag(), 60))
	}
	return err
}

// valueMistake is the line of a value that a flag does not take.
func valueMistake(err *pflag.InvalidValueError) error {
	name, value, why := "--"+err.GetFlag().Name, err.GetValue(), errors.Unwrap(err)
	shown := value
	if strings.Contains(value, "://") {
		shown = host.Shown(value)
	}
	quoted := strconv.Quote(helper.OneLine(shown, 120))
	number := (*strconv.NumError)(nil)
	switch {
	case errors.Is(why, helper.ErrLineBreak):
		return fmt.Errorf("%s: %w", name, helper.ErrLineBreak)
	case helper.LooksSecret(value):
		return fmt.Errorf("%s: %s", name, helper.NotShown)
	case errors.As(why, &number):
		return fmt.Errorf("%s %s is not true or false", name, quoted)
	case strings.HasPrefix(why.Error(), quoted+" "): // it begins with the value already
		return fmt.Errorf("%s %w", name, why)
	}
	return fmt.Errorf("%s %s: %w", name, quoted, why)
}

// flagName is a flag as it was typed; of several short ones it is the first.
func flagName(name, short string) string {
	if short != "" {
		return "-" + name
	}
	return "--" + name
}

// form is what a flag takes, as its help names it.
func form(f *pflag.Flag) string {
	kind, _ := pflag.UnquoteUsage(f)
	return kind
}

// flagNamesOf are the flags of a command, with their dashes.
func flagNamesOf(c *cobra.Command) (names []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return names
}

// unknownCommand is the line of a name that no command below c has, which may be near
// to one, or to a topic.
func unknownCommand(c *cobra.Command, name string) error {
	var names []string
	for _, sub := range c.Commands() {
		if shown(sub) {
			names = append(names, sub.Name())
		}
	}
	near := meant(name, names)
	if c.HasParent() { // a few, which are what is wanted
		return usagef("unknown command %q%s; want %s", helper.OneLine(name, 60), near, strings.Join(names, ", "))
	}
	if near == "" && isTopic(strings.ToLower(name)) {
		near = fmt.Sprintf("; did you mean %q?", "help "+strings.ToLower(name))
	}
	return usagef("unknown command %q%s", helper.OneLine(name, 60), near)
}

// unknownPage is the line of what is no command and no topic.
func unknownPage(root *cobra.Command, args []string) error {
	var names []string
	for _, c := range root.Commands() {
		if shown(c) {
			names = append(names, c.Name())
		}
	}
	for _, t := range topics.All() {
		names = append(names, t.Name)
	}
	given := strings.Join(args, " ")
	return usagef("unknown command or topic %q%s", helper.OneLine(given, 60), meant(given, names))
}

// meant asks whether one of the names is meant, "" where none is near.
func meant(name string, names []string) string {
	same := func(s string) bool { return strings.EqualFold(s, name) }
	if i := slices.IndexFunc(names, same); i >= 0 {
		return fmt.Sprintf("; did you mean %q?", names[i])
	}
	if near := helper.Misspelled(name, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	// The beginning of one name is that name.
	if i := slices.IndexFunc(names, func(s string) bool { return len(name) > 1 && strings.HasPrefix(s, name) }); i >= 0 {
		return fmt.Sprintf("; did you mean %q?", names[i])
	}
	return ""
}

// notFound returns the error of a command line that names no command, nil if it does.
func notFound(root *cobra.Command, args []string) error {
	c, _, err := root.Find(args)
	if err == nil {
		return nil
	}
	// Cobra does not say the name otherwise.
	if quoted, e := strconv.QuotedPrefix(strings.TrimPrefix(err.Error(), "unknown command ")); e == nil {
		name, _ := strconv.Unquote(quoted)
		return unknownCommand(c, name)
	}
	return err
}

// filled is a flag that refuses an empty value: it is a variable that the shell did not
// find, and to do as if the flag were not there would be wrong.
type filled struct {
	pflag.Value
	flag *pflag.Flag
}

// Set takes a value that is not empty.
func (f filled) Set(v string) error {
	if strings.TrimSpace(v) == "" {
		return errors.New("it is empty; want " + form(f.flag))
	}
	return f.Value.Set(v)
}

// refuseEmpty makes all flags refuse an empty value.
func refuseEmpty(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.NoOptDefVal != "" { // a switch
			return
		}
		f.Value = filled{f.Value, f}
		if f.DefValue == "[]" { // else the help says so
			f.DefValue = ""
		}
	})
	for _, sub := range c.Commands() {
		refuseEmpty(sub)
	}
}

// noArgs refuses arguments of a command that has none.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q: this command takes flags only", helper.OneLine(strings.Join(args, " "), 120))
	}
	return nil
}

// oneArg wants exactly one argument, which the manual calls name; its forms are what.
func oneArg(name, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("%s is missing; want %s", name, what)
		case len(args) > 1:
			return fmt.Errorf("%q: want one argument, %s", helper.OneLine(strings.Join(args, " "), 120), what)
		case strings.TrimSpace(args[0]) == "":
			return fmt.Errorf("%s %q: it is empty; want %s", name, args[0], what)
		}
		return nil
	}
}
