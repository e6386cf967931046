//go:build linux

package windows

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// wine is a Windows of its own.
type wine struct {
	t                        *testing.T
	program, prefix, profile string
	env                      []string
	end                      func()
}

// newWine makes one. What it starts ends with the test.
func newWine(t *testing.T) *wine {
	t.Helper()
	if testing.Short() {
		t.Skip("Windows is slow to start")
	}
	parts.Root(t)
	program, err := filepath.EvalSymlinks(parts.Program(t, "wine"))
	envtest.Check(t, err)
	template := filepath.Join(filepath.Dir(program), "wine-trixie", "prefix")
	if _, err := os.Stat(template); err != nil {
		parts.Missing(t, "no prefix beside wine: %v", err)
	}
	w := &wine{t: t, program: program, prefix: filepath.Join(t.TempDir(), "prefix")}
	if out, err := exec.Command("cp", "-a", template, w.prefix).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v\n%s", err, out)
	}
	w.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.prefix, "WINEPREFIX=" + w.prefix, "DOCKER_AUTH_CONFIG="}
	t.Cleanup(w.stop)
	w.start()
	out, _, _ := w.run("cmd", "", "/c", "echo %USERPROFILE%")
	w.profile = strings.TrimSpace(out)
	if w.profile == "" {
		t.Fatal("no profile")
	}
	return w
}

// start starts a program that waits until stop. Wine's own services begin and end with
// the programs that are there, and keep the streams of the first one until then.
func (w *wine) start() {
	w.t.Helper()
	if err := w.command("cmd", "/c", "ver").Run(); err != nil {
		parts.Missing(w.t, "wine does not run here: %v", err)
	}
	shell := w.command("cmd")
	stdin, err := shell.StdinPipe()
	envtest.Check(w.t, err)
	envtest.Check(w.t, shell.Start())
	w.end = func() {
		_ = stdin.Close()
		_ = shell.Wait() // it may have been killed
	}
}

// stop ends everything that runs there.
func (w *wine) stop() {
	if w.end != nil {
		w.end()
		w.end = nil
	}
	for _, option := range []string{"-k", "-w"} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		cmd := exec.CommandContext(ctx, w.program, "--server", option)
		cmd.Env = w.env
		_ = cmd.Run() // nothing may run
		cancel()
	}
}

func (w *wine) command(program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(w.t.Context(), w.program, append([]string{program}, args...)...)
	cmd.Env, cmd.Dir = w.env, w.unix(`C:\`) // git has to know where it is
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// run runs a program.
func (w *wine) run(program, stdin string, args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	cmd := w.command(program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	// Files, since what Wine itself starts has the streams, too, and may stay.
	out, log := w.stream(), w.stream()
	cmd.Stdout, cmd.Stderr = out, log
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return written(w.t, out), written(w.t, log), cmd.ProcessState.ExitCode()
}

// stream is a file for what a program prints.
func (w *wine) stream() *os.File {
	f, err := os.CreateTemp(w.t.TempDir(), "stream")
	envtest.Check(w.t, err)
	return f
}

// written is what was printed there.
func written(t *testing.T, f *os.File) string {
	defer f.Close()
	b, err := os.ReadFile(f.Name())
	envtest.Check(t, err)
	return string(b)
}

// must runs a program that has to succeed.
func (w *wine) must(program, stdin string, args ...string) string {
	w.t.Helper()
	out, log, code := w.run(program, stdin, args...)
	if code != 0 {
		w.t.Fatalf("%s %q: exit %d\n%s%s", filepath.Base(program), args, code, out, log)
	}
	return out
}

// unix is where a path of drive C lies.
func (w *wine) unix(path string) string {
	return filepath.Join(w.prefix, "drive_c", strings.ReplaceAll(strings.TrimPrefix(path, `C:\`), `\`, "/"))
}

// write puts a file on drive C.
func (w *wine) write(path string, content []byte) {
	w.t.Helper()
	envtest.Check(w.t, os.MkdirAll(filepath.Dir(w.unix(path)), 0o700))
	envtest.Check(w.t, os.WriteFile(w.unix(path), content, 0o600))
}

// folder is where the programs are: with a blank, and letters of other languages.
const folder = `C:\Program Files\Größe 三`

// install builds programs of this repository there.
func (w *wine) install(names ...string) {
	w.t.Helper()
	envtest.Check(w.t, programs.Depend())
	envtest.Check(w.t, os.MkdirAll(w.unix(folder), 0o755))
	for _, p := range programs.All() {
		for _, name := range names {
			if p.Name == name {
				w.build("build", "-tags", p.Tags, "-o", w.unix(folder)+"/"+name+".exe", "./cmd/"+name)
			}
		}
	}
}

// build has go make a program of Windows'.
func (w *wine) build(args ...string) {
	w.t.Helper()
	root, err := filepath.Abs("../../../..")
	envtest.Check(w.t, err)
	cmd := exec.CommandContext(w.t.Context(), "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOOS=windows", "GOARCH=amd64", "GOFLAGS=-trimpath -buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("go %q: %v\n%s", args, err, out)
	}
}

// signIn starts a stand-in for Google, and signs a person in as gcloud does there.
func (w *wine) signIn(o iamtest.Options) *iamtest.Server {
	w.t.Helper()
	google := envtest.Google(w.t, o, testenv.Deployer)
	w.write(w.profile+`\AppData\Roaming\gcloud\application_default_credentials.json`, google.UserADC(testenv.Person))
	return google
}

func exe(name string) string { return fmt.Sprintf(`%s\%s.exe`, folder, name) }
