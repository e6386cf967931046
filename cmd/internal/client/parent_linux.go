package client

import (
	"os"
	"strconv"
	"strings"
)

// parent tells the process that runs this one from every other: by its id, when it
// began, and the program that it is now (gcloud's kubectl becomes another one of the
// same id). It is "" where that cannot be read.
func parent() string {
	dir := "/proc/" + strconv.Itoa(os.Getppid())
	b, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return ""
	}
	// The name, in parentheses, may hold anything (proc_pid_stat(5)).
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(f) < 20 {
		return ""
	}
	exe, _ := os.Readlink(dir + "/exe")
	return dir + " " + f[19] + " " + exe
}
