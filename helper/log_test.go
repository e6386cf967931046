package helper

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestSystemLog(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ value, stderr string }{
		{"", ""},
		{"debug", "prog: step 1\n"}, {"1", "prog: step 1\n"}, {"true", "prog: step 1\n"},
		{"verbose", "prog: CREDENTIAL_IAM_LOG: \"verbose\" is not one of debug, 1, true, file:PATH; run: export CREDENTIAL_IAM_LOG=debug\n"},
		{"file:", "absolute"}, {"file:x.log", "absolute"},
		{"file:" + dir, "; run: export CREDENTIAL_IAM_LOG=debug\n"},
		{"file:" + filepath.Join(dir, "none", "x.log"), "; run: export CREDENTIAL_IAM_LOG=debug\n"},
	} {
		var stderr bytes.Buffer
		env := SystemEnv("prog", func(name string) string {
			if name == "CREDENTIAL_IAM_LOG" {
				return c.value
			}
			return ""
		}, &stderr)
		env.Log.Printf("step %d", 1)
		if got := stderr.String(); (c.stderr == "") != (got == "") || !strings.Contains(got, c.stderr) || strings.Count(got, "\n") > 1 {
			t.Errorf("%q: %q on stderr, want one line with %q", c.value, got, c.stderr)
		}
	}
}

func TestSystemLogNeverShowsASecret(t *testing.T) {
	const secret = "ya29.c.b0AXv0zTNothingThatIsShownAnywhereAtAll1234567890"
	for _, value := range []string{secret, "file:" + secret} {
		var stderr bytes.Buffer
		systemLog("prog", value, &stderr)
		if got := stderr.String(); got == "" || strings.Contains(got, "NothingThatIsShown") {
			t.Errorf("on stderr: %q", got)
		}
	}
}

func TestSystemLogAppendsToAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	for range 2 {
		var stderr bytes.Buffer
		systemLog("prog", "file:"+path, &stderr).Printf("step\n%d", 1)
		if stderr.Len() > 0 {
			t.Errorf("on stderr: %q", stderr.String())
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := " prog[" + strconv.Itoa(os.Getpid()) + "]: step 1\n"; strings.Count(string(b), want) != 2 || strings.Count(string(b), "\n") != 2 {
		t.Errorf("%q, want two lines that end with %q", b, want)
	}
	if st, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
}
