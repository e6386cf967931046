package core

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// mostAskers is how many programs above this one are named: the adapter, the client
// that ran it, and who ran that.
const mostAskers = 4

// askers names the programs above this process, the nearest first, as "git[17]". Where
// the system has no /proc it is the parent's number alone. Arguments are never read:
// they may hold a secret.
func askers() []string {
	var names []string
	for pid := os.Getppid(); pid > 0 && len(names) < mostAskers; {
		name, parent := process(pid)
		names = append(names, helper.Clean(name, nil, 40)+"["+strconv.Itoa(pid)+"]")
		pid = parent
	}
	return names
}

// process returns the name of a process's program and its parent, "" and 0 where they
// are not known.
func process(pid int) (name string, parent int) {
	dir := "/proc/" + strconv.Itoa(pid)
	b, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return "", 0
	}
	// pid (name) state parent ...; the name may have any byte, and 15 at the most.
	head, tail, _ := cutLast(string(b), ")")
	_, name, _ = strings.Cut(head, "(")
	if fields := strings.Fields(tail); len(fields) > 1 {
		parent, _ = strconv.Atoi(fields[1])
	}
	if exe, err := os.Readlink(dir + "/exe"); err == nil {
		name = strings.TrimSuffix(filepath.Base(exe), " (deleted)")
	}
	return name, parent
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
