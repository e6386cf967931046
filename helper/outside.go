package helper

import (
	"errors"
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

	// ExecServer is how the server of exec and serve calls itself, in the header Server
	// of every reply. Where no variable but the metadata server's has come through, our
	// own programs know by it where they are.
	ExecServer = "credential-iam"

	// InsideCode is the code of an error of what is inside and must not be taken for
	// what is outside.
	InsideCode = "inside-exec"

	// ADCVariable is the variable by which Google's libraries are given a file.
	ADCVariable = "GOOGLE_APPLICATION_CREDENTIALS"
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
// outside of "credential-iam exec". It costs a look at two variables there. The error,
// an *Error, says that this is inside and that what is outside is not known: whoever
// went on would be another identity than the configured one.
func InsideExec(getenv func(string) string) (Changes, error) {
	name, path := ExecVariable, getenv(ExecVariable)
	libraries := getenv(ADCVariable)
	named := strings.HasSuffix(libraries, ExecFile) && filepath.Base(libraries) == ExecFile
	switch {
	case path == "" && !named:
		return Changes{}, nil
	case path == "":
		name, path = ADCVariable, libraries
	case named && libraries != path:
		return Changes{}, unknownOutside(getenv, name, errors.New(ADCVariable+" names the file of another run"))
	}
	c, err := readChanges(path)
	if err != nil {
		return Changes{}, unknownOutside(getenv, name, err)
	}
	return c, nil
}

// readChanges reads a file that exec has written. It says who is outside, so it counts
// only if nobody else can have written it, and for no other variables than exec's.
func readChanges(path string) (Changes, error) {
	raw, err := readOwn(path, maxExecFile)
	if err != nil {
		return Changes{}, err
	}
	var c Changes
	if err := wire.Read(raw, ChangesField(&c)); err != nil {
		return Changes{}, err
	}
	if len(c.Set) == 0 {
		return Changes{}, errors.New(`it was not written by "credential-iam exec"`)
	}
	for _, name := range c.Names() {
		if !slices.Contains(changed(), name) {
			return Changes{}, errors.New("it is for the variable " + OneLine(name, 60) + ", which exec does not change")
		}
	}
	return c, nil
}

// changed are the variables that exec may change and that our own programs read.
func changed() []string {
	return append(MetadataVariables(),
		ExecVariable, ADCVariable, "CLOUDSDK_CONFIG", "NO_PROXY", "no_proxy",
		"GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "GOOGLE_PROJECT", "GCLOUD_PROJECT", "GCP_PROJECT",
		"GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",
		"CLOUDSDK_AUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
		"CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "CLOUDSDK_CORE_ACCOUNT", "CLOUDSDK_ACTIVE_CONFIG_NAME",
	)
}

// unknownOutside is the error of a variable that says that this is inside exec, and
// whose file does not say what is outside.
func unknownOutside(getenv func(string) string, name string, err error) error {
	return &Error{
		Who: User, Op: "read the file of", Object: name, Code: InsideCode, Cause: err,
		Reason: err.Error() + `; the identity outside "credential-iam exec" is not known: leave it, or unset what it has set`, Hint: UnsetExec(getenv),
	}
}

// MetadataVariables name a metadata server, each to some libraries, and say that it is
// there. The first is that which all but gcloud's read.
func MetadataVariables() []string {
	return []string{"GCE_METADATA_HOST", "GCE_METADATA_IP", "GCE_METADATA_ROOT", "METADATA_SERVER_DETECTION"}
}

// UnsetExec is the command that takes back what "credential-iam exec" or "serve" has
// set in the environment that getenv reads, for a shell in which it is of no use any
// more. The variables of the project stay: they are no identity, and may be the
// person's own.
func UnsetExec(getenv func(string) string) string {
	const gcloud = "CLOUDSDK_CONFIG"
	var all, folders []string
	for _, name := range []string{ExecVariable, ADCVariable} {
		if path := getenv(name); path != "" && (name == ExecVariable || filepath.Base(path) == ExecFile) {
			all, folders = append(all, name), append(folders, filepath.Dir(path))
		}
	}
	for _, name := range MetadataVariables() {
		if getenv(name) != "" {
			all = append(all, name)
		}
	}
	if dir := getenv(gcloud); dir != "" && slices.Contains(folders, filepath.Dir(dir)) {
		all = append(all, gcloud)
	}
	return Unset(all...)
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

// outside returns the environment that getenv reads, as it is outside, or why that is
// not known.
func outside(getenv func(string) string) (func(string) string, error) {
	c, err := InsideExec(getenv)
	if c.Set == nil {
		return getenv, err
	}
	return func(name string) string {
		value, _ := c.Outside(name, getenv(name))
		return value
	}, nil
}
