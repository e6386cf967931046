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
	for _, c := range []struct{ program, args, in string }{
		{"docker-credential-iam", "get", "gcr.io"},
		{"docker-credential-iam", "list", ""},
		{"docker-credential-iam", "version", ""},
		{"git-credential-iam", "get", request},
		{"git-credential-iam", "capability", ""},
		{"credential-iam-client", "header https://gcr.io/", ""},
		{"credential-iam", "token", ""},
		{"credential-iam", "token --host gcr.io --json", ""},
		{"credential-iam", "id-token --audience https://x.example.com", ""},
		{"credential-iam", "sign-blob", "bytes"},
		{"credential-iam", "sign-jwt", "{}"},
		{"credential-iam", "goauth https://source.developers.google.com/", ""},
		{"credential-iam", "status", ""},
		{"credential-iam", "version", ""},
		{"credential-iam", "--version", ""},
		{"credential-iam", "help", ""},
		{"credential-iam", "help sources", ""},
		{"credential-iam", "token --help", ""},
		{"credential-iam", "completion bash", ""},
		{"credential-iam", "configure --docker eu.gcr.io --dry-run", ""},
	} {
		run := func(out *os.File) (code int, stderr string) {
			cmd := o.Command(t.Context(), o.Dir, nil, c.program, strings.Fields(c.args)...)
			var said bytes.Buffer
			cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(c.in), out, &said
			_ = cmd.Run()
			return cmd.ProcessState.ExitCode(), said.String()
		}
		lost := func(line string) bool {
			return strings.HasPrefix(line, c.program+": write the answer: ") && strings.Count(line, "\n") == 1
		}
		t.Run(c.program+" "+c.args, func(t *testing.T) {
			kept, err := os.CreateTemp(t.TempDir(), "answer")
			if err != nil {
				t.Fatal(err)
			}
			defer kept.Close()
			if code, stderr := run(kept); code != 0 {
				t.Fatalf("an answer that is kept: exit %d, %s", code, stderr)
			}
			closed := o.Command(t.Context(), o.Dir, nil, "sh", "-c", "exec "+c.program+" "+c.args+" >&-")
			var said bytes.Buffer
			closed.Stdin, closed.Stderr = strings.NewReader(c.in), &said
			if _ = closed.Run(); runtime.GOOS != "windows" && (closed.ProcessState.ExitCode() != 1 || !lost(said.String())) {
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
			// Nothing tells this one from what Go puts in a closed one's place.
			both, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer both.Close()
			if code, stderr := run(both); runtime.GOOS != "windows" && (code != 1 || !lost(stderr)) {
				t.Errorf("the null device, open for both: exit %d, %q", code, stderr)
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
			if code, stderr := run(full); code != 1 || !lost(stderr) {
				t.Errorf("a full disk: exit %d, %q", code, stderr)
			}
		})
	}
}

// TestLostReport has a report that nobody gets of what was done, which is done
// nevertheless.
func TestLostReport(t *testing.T) {
	o := newOffice(t, nil, "gcr.io")
	for _, args := range []string{"configure --docker eu.gcr.io", "unconfigure eu.gcr.io", "purge --host gcr.io"} {
		cmd := o.Command(t.Context(), o.Dir, nil, "sh", "-c", "exec credential-iam "+args+" >&-")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v, %s", args, err, out)
		}
	}
}
