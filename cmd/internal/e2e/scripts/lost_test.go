package scripts

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestLostAnswer has an answer that nobody gets, which is a failure: the client
// would go on without a credential. A broken pipe may end the program by a signal.
func TestLostAnswer(t *testing.T) {
	o := newOffice(t, nil, "gcr.io")
	const request = "protocol=https\nhost=source.developers.google.com\n"
	for _, c := range []struct{ program, operation, in string }{
		{"docker-credential-iam", "get", "gcr.io"},
		{"docker-credential-iam", "list", ""},
		{"docker-credential-iam", "version", ""},
		{"git-credential-iam", "get", request},
		{"git-credential-iam", "capability", ""},
	} {
		run := func(out *os.File) (code int, stderr string) {
			cmd := o.Command(t.Context(), o.Dir, nil, c.program, c.operation)
			var said bytes.Buffer
			cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(c.in), out, &said
			_ = cmd.Run()
			return cmd.ProcessState.ExitCode(), said.String()
		}
		t.Run(c.program+" "+c.operation, func(t *testing.T) {
			kept, err := os.CreateTemp(t.TempDir(), "answer")
			if err != nil {
				t.Fatal(err)
			}
			defer kept.Close()
			if code, stderr := run(kept); code != 0 {
				t.Fatalf("an answer that is kept: exit %d, %s", code, stderr)
			}
			closed := o.Command(t.Context(), o.Dir, nil, "sh", "-c", "exec "+c.program+" "+c.operation+" >&-")
			var said bytes.Buffer
			closed.Stdin, closed.Stderr = strings.NewReader(c.in), &said
			if _ = closed.Run(); runtime.GOOS != "windows" && (closed.ProcessState.ExitCode() != 1 || said.String() != c.program+": write the answer: standard output is closed\n") {
				t.Errorf("a closed standard output: exit %d, %q", closed.ProcessState.ExitCode(), said.String())
			}
			thrown, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer thrown.Close()
			if code, stderr := run(thrown); code != 0 || stderr != "" {
				t.Errorf("an answer that is thrown away: exit %d, %q", code, stderr)
			}
			reader, broken, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer broken.Close()
			_ = reader.Close()
			if code, _ := run(broken); code == 0 {
				t.Error("a broken pipe: exit 0")
			}
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Skip(err)
			}
			defer full.Close()
			if code, stderr := run(full); code != 1 || !strings.Contains(stderr, c.program+": write the answer: ") || strings.Count(stderr, "\n") != 1 {
				t.Errorf("a full disk: exit %d, %q", code, stderr)
			}
		})
	}
}
