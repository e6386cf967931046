package testenv

import (
	"os"
	"syscall"
)

// WriteProgram writes a file that can be run at once. A process that another test starts
// meanwhile would hold it open for writing until it runs its own program, and Linux runs
// no file that is open so (ETXTBSY).
func WriteProgram(name string, content []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(name, content, 0o755)
}
