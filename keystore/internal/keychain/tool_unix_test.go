//go:build unix

package keychain_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore/internal/keychain"
	"github.com/credential-iam/credential-iam/keystore/internal/keychain/keychaintest"
)

const secret = "s3cret-of-the-test"

var kinds = map[string]keychain.Kind{
	"other": keychain.Other, "not-found": keychain.NotFound, "not-allowed": keychain.NotAllowed, "refused": keychain.Refused,
	"canceled": keychain.Canceled, "no-default": keychain.NoDefault, "none": keychain.None,
}

// Every failure that Apple's program was seen to print is what it is for this product,
// by the verb that has it, and nothing of what was printed is in the error.
func TestRecorded(t *testing.T) {
	t.Parallel()
	recorded, err := os.ReadFile(filepath.Join("testdata", "recorded.txt"))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(recorded), "\n== ")[1:]
	if len(parts) < 15 {
		t.Fatalf("%d parts", len(parts))
	}
	for _, part := range parts {
		head, stderr, _ := strings.Cut(part, "\n")
		f := strings.Split(head, "; ")
		t.Run(f[0], func(t *testing.T) {
			t.Parallel()
			path := keychaintest.Script(t, "cat >/dev/null\ntest \"$1\" = "+f[2]+" || exit 99\ncat \"$0.err\" >&2\nexit "+f[3]+"\n")
			if err := os.WriteFile(path+".err", []byte(stderr), 0o600); err != nil {
				t.Fatal(err)
			}
			err := call(t.Context(), keychain.Tool{Path: path}, f[2])
			var failure *keychain.Failure
			if want, known := kinds[f[1]]; !known || !errors.As(err, &failure) || failure.Kind != want {
				t.Fatalf("got %#v, want %s", err, f[1])
			}
			if len(err.Error()) > 40 || strings.Contains(err.Error(), "eyJ") {
				t.Errorf("says %q", err)
			}
		})
	}
}

// call calls the method that runs a command.
func call(ctx context.Context, tool keychain.Tool, command string) (err error) {
	switch command {
	case "find-generic-password":
		_, err = tool.Get(ctx, "service", "account")
	case "delete-generic-password":
		err = tool.Delete(ctx, "service", "account")
	case "dump-keychain":
		_, err = tool.Accounts(ctx, "service")
	case "default-keychain":
		err = tool.Default(ctx)
	case "-i":
		err = tool.Set(ctx, "service", "account", secret)
	}
	return err
}

var commands = []string{"find-generic-password", "delete-generic-password", "dump-keychain", "default-keychain", "-i"}

// hangs is a script that waits at a dialog in a child of its own. Both hold the pipe
// $0.held open for writing.
const hangs = "exec 9>\"$0.held\"\nsleep 1000 &\necho up >&9\nwait\n"

// pipe makes the pipe of hangs. Running waits until the child is there, gone until
// nobody holds the pipe.
func pipe(t *testing.T, path string) (running, gone func()) {
	t.Helper()
	if err := syscall.Mkfifo(path+".held", 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan *os.File, 1)
	go func() {
		f, err := os.Open(path + ".held") // until there is a writer
		if err != nil {
			t.Error(err)
		}
		read <- f
	}()
	var f *os.File
	running = func() {
		f = <-read
		if _, err := io.ReadFull(f, make([]byte, 3)); err != nil {
			t.Fatal(err)
		}
	}
	gone = func() {
		defer f.Close()
		if _, err := io.Copy(io.Discard, f); err != nil {
			t.Fatal(err)
		}
	}
	return running, gone
}

// A program that waits at a dialog is killed when its time is over, with what it
// started; the error is the context's cause.
func TestHangs(t *testing.T) {
	t.Parallel()
	for _, command := range commands {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			path := keychaintest.Script(t, hangs)
			running, gone := pipe(t, path)
			cause := errors.New("time is over")
			ctx, cancel := context.WithCancelCause(t.Context())
			done := make(chan error, 1)
			go func() { done <- call(ctx, keychain.Tool{Path: path}, command) }()
			running()
			cancel(cause)
			if err := <-done; !errors.Is(err, cause) {
				t.Errorf("got %v", err)
			}
			gone()
		})
	}
}

// A child that the program leaves behind does not keep the caller.
func TestLeavesChild(t *testing.T) {
	t.Parallel()
	path := keychaintest.Script(t, "exec 9>\"$0.held\"\nsleep 1000 &\necho up >&9\nexit 44\n")
	running, gone := pipe(t, path)
	done := make(chan error, 1)
	go func() { done <- call(t.Context(), keychain.Tool{Path: path}, "find-generic-password") }()
	running()
	var failure *keychain.Failure
	if err := <-done; !errors.As(err, &failure) || failure.Kind != keychain.NotFound {
		t.Errorf("got %v", err)
	}
	gone()
}

// What ends this process ends the program too, which is in another group: its dialog
// would stay.
func TestInterrupted(t *testing.T) {
	if path := os.Getenv("TEST_KEYCHAIN_HANGS"); path != "" {
		fmt.Println(call(context.Background(), keychain.Tool{Path: path}, "find-generic-password"))
		return
	}
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			path := keychaintest.Script(t, hangs)
			running, gone := pipe(t, path)
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestInterrupted$")
			cmd.Env = append(os.Environ(), "TEST_KEYCHAIN_HANGS="+path)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			running()
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			err = cmd.Wait()
			if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); err == nil || !ok || !ws.Signaled() || ws.Signal() != s {
				t.Errorf("ended with %v", err)
			}
			gone()
		})
	}
}

// What prints without end is stopped, and is not an answer.
func TestEndless(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"find-generic-password", "dump-keychain"} {
		path := keychaintest.Script(t, "exec yes "+strings.Repeat("A", 1000)+"\n")
		var failure *keychain.Failure
		if err := call(t.Context(), keychain.Tool{Path: path}, command); !errors.As(err, &failure) || failure.Status != -1 || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: got %v", command, err)
		}
	}
	// Words without end are no harm while the program ends: the shell that writes them
	// itself would die of a pipe that is closed.
	path := keychaintest.Script(t, "for i in 1 2 3 4 5 6 7 8; do echo "+strings.Repeat("x", 50_000)+" >&2; done\nexit 44\n")
	var failure *keychain.Failure
	if err := call(t.Context(), keychain.Tool{Path: path}, "find-generic-password"); !errors.As(err, &failure) || failure.Kind != keychain.NotFound {
		t.Errorf("got %v", err)
	}
}

// A program that is not there, that is killed, or whose item go-keyring did not write
// says so, and not what it printed.
func TestOdd(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"absent": filepath.Join(t.TempDir(), "absent"), "killed": keychaintest.Script(t, "echo find-generic-password: returned -25300 >&2\nkill -9 $$\n"),
		"base64": keychaintest.Script(t, "echo go-keyring-base64:%%%"+secret+"\n"), "hex": keychaintest.Script(t, "echo go-keyring-encoded:"+secret+"\n"),
	} {
		got, err := keychain.Tool{Path: path}.Get(t.Context(), "service", "account")
		var failure *keychain.Failure
		if got != "" || !errors.As(err, &failure) || failure.Kind != keychain.Other || failure.Status != -1 || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// A secret goes by standard input: no argument of a run has it, in any coding. A name
// cannot bring a command of its own along.
func TestSecretNotInArguments(t *testing.T) {
	t.Parallel()
	path := keychaintest.Install(t)
	tool := keychain.Tool{Path: path}
	for _, account := range []string{"plain", `it's "quoted" \ and $(more)`, "ü", ""} {
		if err := tool.Set(t.Context(), "service", account, secret); err != nil {
			t.Fatalf("%q: %v", account, err)
		}
		if got, err := tool.Get(t.Context(), "service", account); err != nil || got != secret {
			t.Errorf("%q: got %q, %v", account, got, err)
		}
	}
	for _, name := range []string{"a\ndelete-generic-password -a plain", "a\x00b", "a\rb"} {
		if tool.Set(t.Context(), name, "x", secret) == nil || tool.Set(t.Context(), "service", name, secret) == nil {
			t.Errorf("%q: took it", name)
		}
	}
	if got, err := tool.Accounts(t.Context(), "service"); err != nil || !slices.Contains(got, "plain") || len(got) != 3 {
		t.Errorf("got %q, %v", got, err) // an empty account is none of ours
	}
	argv, err := os.ReadFile(filepath.Join(filepath.Dir(path), "argv"))
	if err != nil || !strings.Contains(string(argv), `["-i"]`) || strings.Contains(string(argv), "base64") || strings.Contains(string(argv), secret) {
		t.Errorf("ran %s, %v", argv, err)
	}
	if err := tool.Set(t.Context(), "service", "plain", strings.Repeat("x", 3100)); !errors.Is(err, keychain.ErrTooBig) {
		t.Errorf("a secret that makes two commands: %v", err)
	}
}

// A program is not begun when its time is over.
func TestDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	path := keychaintest.Script(t, hangs)
	if _, err := (keychain.Tool{Path: path}).Get(ctx, "s", "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path + ".held"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was begun: %v", err)
	}
}
