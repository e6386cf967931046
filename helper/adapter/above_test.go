package adapter

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
)

func TestAbove(t *testing.T) {
	type one struct {
		name   string
		parent int
	}
	for name, c := range map[string]struct {
		all  map[int]one
		same int
	}{
		"nobody knows":      {nil, 0},
		"by docker":         {map[int]one{9: {"x", 8}, 8: {"docker", 7}, 7: {"sh", 1}, 1: {"x", 0}}, 0},
		"round":             {map[int]one{9: {"x", 8}, 8: {"sh", 7}, 7: {"x", 6}, 6: {"env", 5}, 5: {"x", 1}, 1: {"init", 0}}, 2},
		"one that is gone":  {map[int]one{9: {"x", 8}, 8: {"x", 7}, 6: {"x", 1}}, 1},
		"above each other":  {map[int]one{9: {"x", 8}, 8: {"sh", 9}}, mostAbove / 2},
		"an unknown itself": {map[int]one{8: {"", 1}}, 0},
	} {
		got := above(func(pid int) (string, int, bool) { p, ok := c.all[pid]; return p.name, p.parent, ok }, 9)
		if got != c.same {
			t.Errorf("%s: %d, want %d", name, got, c.same)
		}
	}
}

// The system tells a process's name and the one above it.
func TestProcess(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" && runtime.GOOS != "windows" {
		t.Skip("not on " + runtime.GOOS)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestProcess$")
	if os.Getenv("TEST_ABOVE") != "" {
		name, parent, ok := process(os.Getpid())
		above, _, known := process(parent)
		if !ok || !known || parent != os.Getppid() || name == "" || name != above {
			t.Errorf("%q below %d, %v; %q, %v", name, parent, ok, above, known)
		}
		return
	}
	cmd.Env = append(os.Environ(), "TEST_ABOVE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
