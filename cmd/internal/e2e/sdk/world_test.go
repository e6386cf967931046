//go:build linux

package sdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

const (
	deployer = testenv.Deployer
	scope    = "https://www.googleapis.com/auth/cloud-platform"
)

// TestMain is also the program that exec runs: "PROGRAM inside LIBRARY" asks a library
// of Google's for a token and prints it.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "inside" {
		token, err := ask(context.Background(), os.Args[2], os.Args[3:])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(token)
		return
	}
	envtest.Main(m)
}

// office is a machine whose person has a login of its own, and may impersonate deployer.
type office struct {
	*machine.Machine
	t *testing.T
	// self is this test's program, as the machine's user may run it.
	self string
}

func newOffice(t *testing.T, o machine.Options) *office {
	t.Helper()
	parts.Program(t, "curl")
	o.Bin = envtest.Programs(t)
	m := machine.New(t, o)
	w := &office{Machine: m, t: t, self: filepath.Join(m.Bin, "library")}
	executable, err := os.Executable()
	envtest.Check(t, err)
	if os.Link(executable, w.self) != nil {
		b, err := os.ReadFile(executable)
		envtest.Check(t, err)
		envtest.Check(t, testenv.WriteProgram(w.self, b))
	}
	t.Cleanup(func() {
		w.nothingLeft()
		for _, wrong := range m.Residue(m.Secrets()) {
			t.Error("left: " + wrong)
		}
	})
	return w
}

// nothingLeft waits for the end of all servers, and fails where a folder of a run is left.
func (w *office) nothingLeft() {
	w.t.Helper()
	envtest.Await(w.t, "the end of the servers", func() bool {
		for _, p := range w.Processes() {
			if p.Is(machine.Core, "") {
				return false
			}
		}
		return len(w.folders()) == 0
	})
}

// folders are those of runs.
func (w *office) folders() []string {
	found, _ := filepath.Glob(filepath.Join(w.Run, "credential-iam", "run-*"))
	return found
}

// answer is what a command printed, and how it ended.
type answer struct {
	stdout, stderr string
	state          *os.ProcessState
}

func (a answer) code() int { return a.state.ExitCode() }

// command prepares a program as the machine's user runs it.
func (w *office) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	name := args[0]
	if filepath.Base(name) == name {
		if _, err := os.Stat(filepath.Join(w.Bin, name)); err == nil {
			name = filepath.Join(w.Bin, name)
		}
	}
	cmd := exec.CommandContext(ctx, name, args[1:]...)
	cmd.Args[0] = name
	cmd.Dir, cmd.Env, cmd.SysProcAttr = w.Work, w.Environ(env...), &syscall.SysProcAttr{}
	if w.Isolated {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(w.UID), Gid: uint32(w.UID)}
	}
	cmd.WaitDelay = testenv.Patience
	return cmd
}

// try runs a program.
func (w *office) try(env []string, args ...string) answer {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
	defer cancel()
	var out, log bytes.Buffer
	cmd := w.command(ctx, env, args...)
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		w.t.Fatalf("%q: %v\n%s", args, err, log.String())
	}
	return answer{out.String(), log.String(), cmd.ProcessState}
}

// inside runs a command inside exec, which has to succeed, and returns its output.
func (w *office) inside(args ...string) string {
	w.t.Helper()
	a := w.try(nil, append([]string{machine.Core, "exec", "--"}, args...)...)
	if a.code() != 0 {
		w.t.Fatalf("%q: exit %d\n%s%s", args, a.code(), a.stdout, a.stderr)
	}
	return strings.TrimSpace(a.stdout)
}

// library asks a library inside.
func (w *office) library(name string, args ...string) string {
	w.t.Helper()
	return w.inside(append([]string{w.self, "inside", name}, args...)...)
}

// wantToken fails the test unless a token is deployer's.
func (w *office) wantToken(token string) {
	w.t.Helper()
	if got, ok := w.IAM.Principal(testenv.Token(token)); !ok || got != deployer {
		w.t.Errorf("a token of %q (%v), %d bytes: %.300s", got, ok, len(token), token)
	}
}

// server is what a command inside finds.
type server struct{ host string }

// get asks the metadata server.
func (s server) get(path string) (status int, body string, err error) {
	req, err := http.NewRequest(http.MethodGet, "http://"+s.host+"/computeMetadata/v1/"+path, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Metadata-Flavor", "Google")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

// running is a command inside that runs until its standard input ends.
type running struct {
	cmd *exec.Cmd
	in  io.Closer
	env map[string]string
}

// start runs a command inside that prints its environment and waits.
func (w *office) start(flags ...string) *running {
	w.t.Helper()
	args := append(append([]string{machine.Core, "exec"}, flags...), "--", "sh", "-c", "env; echo ready; exec cat")
	return w.startCommand(args...)
}

func (w *office) startCommand(args ...string) *running {
	w.t.Helper()
	cmd := w.command(context.Background(), nil, args...)
	in, err := cmd.StdinPipe()
	envtest.Check(w.t, err)
	out, err := cmd.StdoutPipe()
	envtest.Check(w.t, err)
	var log bytes.Buffer
	cmd.Stderr = &log
	envtest.Check(w.t, cmd.Start())
	r := &running{cmd: cmd, in: in, env: map[string]string{}}
	w.t.Cleanup(func() { _ = in.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var all []byte
	b := make([]byte, 4096)
	for !bytes.HasSuffix(all, []byte("\nready\n")) {
		n, err := out.Read(b)
		if err != nil {
			w.t.Fatalf("%v; %s%s", err, all, log.String())
		}
		all = append(all, b[:n]...)
	}
	for line := range strings.Lines(string(all)) {
		line = strings.TrimSuffix(strings.TrimPrefix(line, "export "), "\n")
		if name, value, ok := strings.Cut(line, "="); ok {
			r.env[name] = value
		}
	}
	return r
}

// end has the command end.
func (r *running) end() error {
	_ = r.in.Close()
	return r.cmd.Wait()
}

func (r *running) server() server { return server{r.env["GCE_METADATA_HOST"]} }
