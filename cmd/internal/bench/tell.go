package bench

import (
	"fmt"
	"os/exec"
)

// tell runs a command that prepares the measuring; its error has the command and
// what it said.
func tell(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%.200s: %w: %.300s", cmd, err, out)
	}
	return nil
}
