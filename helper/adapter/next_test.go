package adapter

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
)

func TestPassOn(t *testing.T) {
	ended := exec.Command(os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	gone, here := ended.Process.Pid, os.Getppid()
	pass := func(name, above string) (string, error) {
		c := &Call{Name: name, Env: helper.Env{Getenv: func(v string) string {
			if v != passedBy {
				t.Errorf("reads %s", v)
			}
			return above
		}}}
		_, value, err := c.PassOn()
		return value, err
	}
	mine := fmt.Sprintf("a=%d", os.Getpid())
	for above, want := range map[string]string{
		"":                                   mine,
		fmt.Sprintf("a=%d", gone):            mine,
		fmt.Sprintf("b=%d", here):            fmt.Sprintf("b=%d %s", here, mine),
		fmt.Sprintf("b=%d c=%d", gone, here): fmt.Sprintf("c=%d %s", here, mine),
		"a=x a= = a=-1 a=0":                  mine,
	} {
		if got, err := pass("a", above); err != nil || got != want {
			t.Errorf("below %q: %q, %v; want %q", above, got, err, want)
		}
	}
	for _, above := range []string{fmt.Sprintf("a=%d", here), fmt.Sprintf("b=%d a=%d c=%d", here, here, here)} {
		if got, err := pass("a", above); helper.AsError(err).Code != "loop" {
			t.Errorf("below %q: %q, %v; want an error", above, got, err)
		}
	}
}

// TestPassOnRound: a request that goes round is found out by the processes above, where
// a wrapper has cleared the environment.
func TestPassOnRound(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" && runtime.GOOS != "windows" {
		t.Skip("not on " + runtime.GOOS)
	}
	const below = "TEST_BELOW"
	again := func(n int) string {
		cmd := exec.Command(os.Args[0], "-test.run=^TestPassOnRound$")
		cmd.Env = append(os.Environ(), below+"="+strconv.Itoa(n))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		said, _, _ := strings.Cut(string(out), "\n")
		return said
	}
	switch n, err := strconv.Atoi(os.Getenv(below)); {
	case err != nil:
		for n, want := range []string{"passed on", "loop"} {
			if said := again(n); said != want {
				t.Errorf("below %d of itself: %q, want %q", n+1, said, want)
			}
		}
	case n > 0:
		fmt.Println(again(n - 1))
	default:
		_, _, err := (&Call{Name: "a", Env: helper.Env{Getenv: func(string) string { return "" }}}).PassOn()
		if err == nil {
			fmt.Println("passed on")
		} else {
			fmt.Println(helper.AsError(err).Code)
		}
	}
}

func TestItself(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(self, link); err != nil {
		t.Skip(err)
	}
	if !Itself(self) || !Itself(link) || Itself(os.TempDir()) || Itself(link+"x") {
		t.Error(Itself(self), Itself(link), Itself(os.TempDir()), Itself(link+"x"))
	}
}
