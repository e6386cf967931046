package testenv

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestHomeLeavesNothing: what a home has made is gone once it is closed, and what it
// was given stays.
func TestHomeLeavesNothing(t *testing.T) {
	root := t.TempDir()
	for _, o := range []Options{{}, {Root: root}} {
		h, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(h.Write("a/b/c", []byte("x")), h.SignIn([]byte("{}")), h.Configure(Docker{})); err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		for _, dir := range []string{h.Root, h.Run} {
			if _, err := os.Stat(dir); (dir == root) != (err == nil) {
				t.Errorf("%s after Close: %v", dir, err)
			}
		}
	}
}

// TestHeld finds what a program must not leave behind, wherever it lies, and takes
// the source identity itself for none.
func TestHeld(t *testing.T) {
	s, err := Google(iamtest.Options{}, Deployer)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close() }()
	if err := h.SignIn(s.UserADC(Person)); err != nil {
		t.Fatal(err)
	}
	secrets, err := h.Secrets("a secret of the test's own, longer than a piece of one")
	if err != nil {
		t.Fatal(err)
	}
	if found, err := h.Held(secrets); err != nil || len(found) != 0 {
		t.Fatalf("%q in a new home, %v", found, err)
	}
	login, err := os.ReadFile(h.ADC())
	if err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{"x ya29.abc", "eyJhbGciOiJub25lIn0", string(login), "-----BEGIN PRIVATE KEY-----", "a secret of the test's own, longer"} {
		for _, path := range []string{h.Path(".cache/log"), filepath.Join(h.Temp, "left")} {
			if err := h.Write(path, []byte(leak)); err != nil {
				t.Fatal(err)
			}
			found, err := h.Held(secrets)
			if err != nil || len(found) == 0 || !strings.HasPrefix(found[0], path) {
				t.Errorf("%.20q in %s was not found: %q, %v", leak, path, found, err)
			}
			for _, s := range secrets {
				if len(s) > 8 && strings.Contains(strings.Join(found, " "), s) {
					t.Errorf("the report shows the secret: %q", found)
				}
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestWriteGives has every folder and file that is made given to the home's user.
func TestWriteGives(t *testing.T) {
	given := map[string]bool{}
	h, err := New(Options{Own: func(path string) error { given[path] = true; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close() }()
	if err := h.Write("a/b", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{h.Dir, h.Temp, h.Run, h.Path("a"), h.Path("a/b")} {
		if !given[path] {
			t.Errorf("%s was not given", path)
		}
	}
	if err := h.Write("a/b/c", nil); !errors.Is(err, fs.ErrExist) && err == nil {
		t.Error("a file was taken for a folder")
	}
}

// TestCommandEndsWhole: a command that is given up ends with what it has started.
func TestCommandEndsWhole(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("runs a shell")
	}
	h, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := h.Command(ctx, h.Dir, nil, "sh", "-c", "sleep 600 & echo $!; wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cancel()
	// Who was started has the pipe as well, and its end is that of the last of them; a
	// pipe that is closed here has waited for it in vain.
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Errorf("the grandchild kept the pipe: %v", err)
	}
	_ = cmd.Wait()
}

func TestAwait(t *testing.T) {
	n := 0
	if err := Await("three", func() bool { n++; return n == 3 }); err != nil || n != 3 {
		t.Errorf("%d looks, %v", n, err)
	}
	if err := await(20*time.Millisecond, "never", func() bool { return false }); err == nil {
		t.Error("what never comes was there")
	}
}

// TestToken reads the answers of all programs.
func TestToken(t *testing.T) {
	for answer, want := range map[string]string{
		`{"ServerURL":"gcr.io","Username":"u","Secret":"ya29.x"}`:     "ya29.x",
		`{"token":"ya29.x","expires":"..."}`:                          "ya29.x",
		"username=u\npassword=ya29.x\npassword_expiry_utc=1\n":        "ya29.x",
		"capability[]=authtype\nauthtype=Bearer\ncredential=ya29.x\n": "ya29.x",
		"ya29.x\n": "ya29.x",
		"":         "",
	} {
		if got := Token(answer); got != want {
			t.Errorf("%q: got %q, want %q", answer, got, want)
		}
	}
}
