package helper

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper/wire"
)

// ExecFile is the name of the credential file that "credential-iam exec" gives to
// the command that it runs, and ExecVariable the variable that names it for our own
// programs. Who starts a program with a few variables only may leave that one out;
// then the libraries' variable tells.
const (
	ExecFile     = "credential-iam-exec.json"
	ExecVariable = "CREDENTIAL_IAM_EXEC"

	adcVariable = "GOOGLE_APPLICATION_CREDENTIALS"
)

// maxExecFile bounds it.
const maxExecFile = 256 << 10

// Changes is what "credential-iam exec" has changed in the environment of the
// command that it runs: it is an account for every program inside, but our own
// programs there are configured as outside. They would otherwise impersonate the
// account as itself.
type Changes struct {
	// Set are the variables that were set, Before is what they and those that were
	// removed had before; one that is not in Before was not there.
	Set, Before map[string]string
}

// Fields are the members of the changes as a JSON object.
func (c *Changes) Fields() []wire.Field {
	return []wire.Field{wire.F("set", &c.Set), wire.F("before", &c.Before)}
}

// ChangesField is the member of the file that holds the changes.
func ChangesField(c *Changes) wire.Field { return wire.F("credential_iam", c.Fields()) }

// InsideExec returns what was changed in the environment that getenv reads, nothing
// outside of "credential-iam exec". It costs a look at two variables there.
func InsideExec(getenv func(string) string) Changes {
	path := getenv(ExecVariable)
	if path == "" {
		path = getenv(adcVariable)
		if !strings.HasSuffix(path, ExecFile) || filepath.Base(path) != ExecFile {
			return Changes{}
		}
	}
	var c Changes
	raw, err := ReadFile(path, maxExecFile)
	if err != nil || wire.Read(raw, ChangesField(&c)) != nil {
		return Changes{} // whoever needs the file says what is wrong with it
	}
	return c
}

// Names are the variables that were changed.
func (c Changes) Names() []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(c.Set)), maps.Keys(c.Before))
	slices.Sort(all)
	return slices.Compact(all)
}

// Outside returns what a variable is outside, where it has the value now inside;
// there is false for one that is not set. What somebody has set inside stays.
func (c Changes) Outside(name, now string) (value string, there bool) {
	before, had := c.Before[name]
	if set, ok := c.Set[name]; (ok && now == set) || (!ok && had && now == "") {
		return before, had
	}
	return now, now != ""
}

// outside returns the environment that getenv reads, as it is outside.
func outside(getenv func(string) string) func(string) string {
	c := InsideExec(getenv)
	if c.Set == nil && c.Before == nil {
		return getenv
	}
	return func(name string) string {
		value, _ := c.Outside(name, getenv(name))
		return value
	}
}
