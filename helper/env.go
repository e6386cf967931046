package helper

import (
	"io"
	"os/user"
	"path/filepath"
	"runtime"
	"time"
)

// Env is the world that a request is answered in: environment variables, the
// home folder, the clock and the debug log. main fills it; nothing below reads
// os.Getenv.
type Env struct {
	// Getenv reads an environment variable, as os.Getenv does.
	Getenv func(string) string
	// HomeDir is the user's home folder, empty when there is none, or none that may be
	// shown.
	HomeDir string
	// HomeFrom says who named it: "HOME", or the user database. With an empty HomeDir
	// it is the variable that LooksSecret.
	HomeFrom string
	// MachineConfig is the path of the machine's configuration file, empty for
	// none.
	MachineConfig string
	// Now is the local clock.
	Now func() time.Time
	// Log logs each step where CREDENTIAL_IAM_LOG asks for it; otherwise it is nil.
	Log Log
	// Unknown says why the environment outside of "credential-iam exec" is not known,
	// nil where it is: then nobody is configured, and no source is found.
	Unknown error
}

// Log writes one line of the debug log. A nil Log is silent.
type Log func(format string, args ...any)

// Printf writes a line, if the log is on.
func (l Log) Printf(format string, args ...any) {
	if l != nil {
		l(format, args...)
	}
}

// SystemEnv returns the environment of a program called name, whose debug log
// goes where CREDENTIAL_IAM_LOG says: see systemLog. Inside "credential-iam exec" it
// is the environment outside: see [Changes].
func SystemEnv(name string, getenv func(string) string, stderr io.Writer) Env {
	getenv, unknown := outside(getenv)
	e := Env{Getenv: getenv, Now: time.Now, MachineConfig: machineConfig(getenv), Unknown: unknown}
	e.HomeDir, e.HomeFrom = homeDir(getenv)
	e.Log = systemLog(name, getenv("CREDENTIAL_IAM_LOG"), stderr)
	return e
}

// homeDir returns the user's home folder and who named it. A service often has no
// HOME; docker then asks the user database, and so does this, to read the same file.
func homeDir(getenv func(string) string) (dir, from string) {
	name := "HOME"
	if runtime.GOOS == "windows" {
		name = "USERPROFILE"
	}
	if dir := getenv(name); LooksSecret(dir) {
		return "", name
	} else if dir != "" {
		return dir, name
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir, "the user database, since " + name + " is not set"
	}
	return "", ""
}

// machineConfig returns the path of the file that an administrator gives all
// users of the machine.
func machineConfig(getenv func(string) string) string {
	if runtime.GOOS != "windows" {
		return "/etc/credential-iam/config.json"
	}
	if dir := getenv("ProgramData"); dir != "" {
		return filepath.Join(dir, "credential-iam", "config.json")
	}
	return ""
}
