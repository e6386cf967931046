package mint

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/trust"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// patience is how long an adapter waits for the core, which ends by itself
// after 20 seconds, and the time of a program that it runs. It is the last guard: docker and git wait for ever.
const patience = 25 * time.Second

// restarts is how often a core is started again that was killed while this process
// was not: by the kernel, short of memory, or by hand. Other processes may wait.
const restarts = 2

// Exec is a Minter that runs the core as a process.
type Exec struct {
	// Executable is this program's own path; when it is empty os.Executable is
	// asked, which reads a link that a hit does not need.
	Executable string
	// Stderr takes the core's debug log; nil drops it.
	Stderr io.Writer
	Now    func() time.Time
	// Skip returns the keystore back ends that ran out of time in this request.
	Skip func() []string
}

// Mint runs "credential-iam mint" for t.
func (x Exec) Mint(ctx context.Context, t helper.Target) (helper.Token, error) {
	core, err := locate(x.Executable, Program)
	if err != nil {
		return helper.Token{}, err
	}
	if err := helper.CheckDescriptors(); err != nil {
		return helper.Token{}, x.failed(t, core.path, err, "")
	}
	start := x.Now()
	ctx, cancel := context.WithTimeout(ctx, timeFor(t))
	defer cancel()
	out, log, err := x.run(ctx, core, t)
	for range restarts {
		if !killed(err) || ctx.Err() != nil {
			break
		}
		out, log, err = x.run(ctx, core, t)
	}
	var r reply
	if readErr := read(bytes.NewReader(out.Bytes()), r.fields()); readErr == nil {
		return r.token(t, x.Now())
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return helper.Token{}, late(t, core.path, x.Now().Sub(start))
	}
	return helper.Token{}, x.failed(t, core.path, err, log.String())
}

// timeFor is how long the core has for a target.
func timeFor(t helper.Target) time.Duration { return patience + t.Source.Takes }

// late is the error of a core that did not answer in time. A token that is still
// valid is better than this error.
func late(t helper.Target, path string, after time.Duration) error {
	return &helper.Error{
		Who: helper.Us, Op: "mint a token for", Object: subject(t), Code: "core", Unreachable: true,
		Reason: "the core program " + path + " did not answer within " + after.Round(time.Second).String(),
		Hint:   helper.ShellWord(path) + " doctor",
	}
}

// run runs the core once and returns what it answered and what it said.
func (x Exec) run(ctx context.Context, core located, t helper.Target) (out, log *helper.Bounded, err error) {
	out, log = &helper.Bounded{Limit: maxMessage}, &helper.Bounded{Limit: 4 << 10}
	cmd := command(ctx, core, CommandMint)
	cmd.Stdin = bytes.NewReader(x.request(t))
	cmd.Stdout, cmd.Stderr = out, x.Stderr
	if x.Stderr == nil {
		cmd.Stderr = log
	}
	if err = Start(cmd); err == nil {
		err = cmd.Wait()
	}
	return out, log, err
}

// killed reports whether a process was ended by SIGKILL.
func killed(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// request returns the message for t.
func (x Exec) request(t helper.Target) []byte {
	q := request{version: Version(), target: t}
	if x.Skip != nil {
		q.skip = x.Skip()
	}
	return wire.Append(nil, q.fields()...)
}

// failed says why a core left no answer.
func (x Exec) failed(t helper.Target, path string, err error, log string) error {
	why, code := "it ended without an answer", "core"
	switch {
	case errors.Is(err, syscall.EMFILE):
		return &helper.Error{
			Who: helper.User, Op: "start", Object: path, Code: "open-files", Cause: err,
			Reason: "this process may open too few files (see ulimit -n)", Hint: "ulimit -n 1024",
		}
	case killed(err):
		why, code = "it was killed each time", helper.CoreKilled
	case err != nil:
		why = "it failed: " + err.Error()
	}
	if log = helper.OneLine(log, 300); log != "" {
		why += " (" + log + ")"
	}
	return &helper.Error{
		Who: helper.Us, Op: "mint a token for", Object: subject(t), Code: code,
		Reason: "the core program " + path + " was run; " + why,
		Hint:   helper.ShellWord(path) + " doctor",
	}
}

// Find returns the absolute path of a program of this product, such as the core:
// beside the given executable (this program, when it is empty) or beside what
// that links to, else on the PATH. One that others can change is refused, and
// never passed over for another: it would be handed a token, or make one.
func Find(executable, program string) (string, error) {
	l, err := locate(executable, program)
	return l.real, err
}

// located is a program that was found and checked: the path that it goes by, and the
// file that it is. What was checked is what is run: a link on the way may be somebody
// else's.
type located struct{ path, real string }

func locate(executable, program string) (located, error) {
	path, err := find(executable, program)
	if err != nil {
		return located{}, err
	}
	real, _, e := trust.Program(path)
	if e != nil {
		return located{}, &helper.Error{
			Who: helper.User, Op: "run the program", Object: program, Code: "program-refused",
			Reason: path + " is refused: " + e.Reason, Hint: e.Hint,
		}
	}
	return located{path, real}, nil
}

func find(executable, program string) (string, error) {
	name := program
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	var beside string
	if executable == "" {
		executable, _ = os.Executable()
	}
	if executable != "" {
		beside = filepath.Join(filepath.Dir(executable), name)
		if runnable(beside) {
			return beside, nil
		}
		if real, err := filepath.EvalSymlinks(executable); err == nil {
			if p := filepath.Join(filepath.Dir(real), name); runnable(p) {
				return p, nil
			}
		}
	}
	// LookPath refuses what a relative PATH entry finds.
	if p, err := exec.LookPath(name); err == nil {
		if abs, err := filepath.Abs(p); err == nil {
			return abs, nil
		}
	}
	return "", &helper.Error{
		Who: helper.User, Op: "find the program", Object: program, Code: "no-program",
		Reason: "it is neither beside this program (" + beside + ") nor on the PATH; install all programs together",
		Hint:   "./install.sh",
	}
}

// runnable reports whether path is a file that may be executed.
func runnable(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && (runtime.GOOS == "windows" || st.Mode()&0o111 != 0)
}

// command prepares the core. Its folder is a neutral one: the client's may be
// gone, or have files that a tool started from it would read. It gets none of the
// descriptors that the client left open.
func command(ctx context.Context, core located, name string) *exec.Cmd {
	keepDescriptors()
	cmd := exec.CommandContext(ctx, core.real, name)
	cmd.Args[0] = core.path
	cmd.Env = environ(os.Environ())
	cmd.Dir = filepath.VolumeName(core.real) + string(filepath.Separator)
	cmd.WaitDelay = time.Second
	return cmd
}

// Processors and oneProcessor have the core use one processor: it does one thing
// after the other, and a second one costs it threads, wake-ups and memory. It
// must be set before it starts, and it does not pass it on to what it runs
// itself.
const (
	Processors   = "GOMAXPROCS"
	oneProcessor = Processors + "=1"
)

// environ adds oneProcessor to the environment of the core, unless the person
// has chosen.
func environ(own []string) []string {
	if slices.ContainsFunc(own, func(e string) bool { return strings.HasPrefix(e, Processors+"=") }) {
		return own
	}
	return append(own, oneProcessor)
}
