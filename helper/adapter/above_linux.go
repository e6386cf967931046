package adapter

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// process returns the name by which a process was run and the process above it.
func process(pid int) (name string, parent int, ok bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return "", 0, false
	}
	// "12 (a name) S 11 ...", where the name may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return "", 0, false
	}
	if parent, err = strconv.Atoi(string(fields[1])); err != nil {
		return "", 0, false
	}
	line, err := os.ReadFile(dir + "/cmdline")
	if err != nil {
		return "", 0, false
	}
	first, _, _ := bytes.Cut(line, []byte{0})
	return filepath.Base(string(first)), parent, true
}
