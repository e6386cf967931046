package clients

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	list "github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// outcome is what a test knows of one run of install.sh.
type outcome struct {
	code           int
	stdout, stderr string
}

// install runs the repository's install.sh, or a copy of it, in dir.
func install(t *testing.T, script, dir string, env []string, args ...string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), parts.Program(t, "sh"), append([]string{script}, args...)...)
	var out, log strings.Builder
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), &out, &log
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), log.String()}
}

func repository(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// files lists a folder, hidden ones too.
func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// The real thing: all programs, each told of, nothing else left, the version
// stamped in.
func TestInstall(t *testing.T) {
	got, err := installed()
	if err != nil {
		t.Fatal(err)
	}
	there := files(t, got.bin)
	for _, name := range names() {
		if !slices.Contains(there, name) {
			t.Errorf("%s was not installed", name)
		}
		if !strings.Contains(got.stdout, "installed "+filepath.Join(got.bin, name)+"\n") {
			t.Errorf("nothing is said of %s:\n%s", name, got.stdout)
		}
	}
	for _, p := range list.All() {
		if !strings.Contains(got.stderr, "building "+p.Name+" ") {
			t.Errorf("nothing is said of building %s:\n%s", p.Name, got.stderr)
		}
	}
	for _, name := range there {
		if strings.HasPrefix(name, ".") {
			t.Errorf("%s was left in the folder", name)
		}
	}
	if !strings.Contains(got.stderr, got.bin+" is not on the PATH") {
		t.Errorf("no warning about the PATH:\n%s", got.stderr)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(got.bin, "docker-credential-iam"), "version").Output()
	stamp := regexp.MustCompile(`building credential-iam (\S+) `).FindStringSubmatch(got.stderr)
	if err != nil || stamp == nil || !strings.HasSuffix(strings.TrimSpace(string(out)), " "+stamp[1]) {
		t.Errorf("the installed program says version %q, %v; built was %q", out, err, stamp)
	}
}

// A mistake in the command line is told on stderr and installs nothing.
func TestInstallUsage(t *testing.T) {
	script := filepath.Join(repository(t), "install.sh")
	for _, args := range [][]string{{"--prefix", "x"}, {"x"}, {"--bin-dir"}, {"--bin-dir", ""}, {"--demo", "--bin-dir", "x"}} {
		dir := t.TempDir()
		got := install(t, script, dir, nil, args...)
		if got.code != 2 || got.stdout != "" || !oneLine(got.stderr) || !strings.HasSuffix(got.stderr, " --help\n") {
			t.Errorf("%q: exit %d, stdout %q, stderr %q", args, got.code, got.stdout, got.stderr)
		}
		if left := files(t, dir); left != nil {
			t.Errorf("%q left %q", args, left)
		}
	}
	if got := install(t, script, t.TempDir(), nil, "--help"); got.code != 0 || !strings.HasPrefix(got.stdout, "usage: ") || got.stderr != "" {
		t.Errorf("--help: %+v", got)
	}
}

// A copy that was downloaded alone, as the README does, cannot be executed, and one in
// another folder is not here: what it prints runs.
func TestInstallDownloaded(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(repository(t), "install.sh"))
	envtest.Check(t, err)
	dir := t.TempDir()
	run := func(command string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for name, mode := range map[string]os.FileMode{"install.sh": 0o600, "clone/install.sh": 0o700, "down loads/install.sh": 0o600, "a clone/install.sh": 0o700} {
		path := filepath.Join(dir, name)
		envtest.Check(t, errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, mode)))
		said, _ := run("sh '" + name + "' --prefix x")
		_, fix, ok := strings.Cut(strings.TrimSpace(said), "; run: ")
		if out, err := run(fix); !ok || err != nil || !strings.HasPrefix(out, "usage: ") {
			t.Errorf("%s: %q, then %q: %v", name, said, out, err)
		}
	}
}

// oneLine reports whether a failure of install.sh is one line of its own, without what
// a tool said of it.
func oneLine(log string) bool {
	return strings.HasPrefix(log, "install.sh: ") && strings.Count(log, "\n") == 1
}

// A failure is one line that says what to do, whatever tool could not do its part.
func TestInstallFailures(t *testing.T) {
	script := filepath.Join(repository(t), "install.sh")
	dir := t.TempDir()
	here := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"file": "", "sumless/x": "", "torn/SHA256SUMS": "x", "folder/SHA256SUMS/x": ""} {
		put(t, here(name), text)
	}
	const address, secret = "https://127.0.0.1:1/release", "s3cret"
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no such release":      {[]string{"--from", here("none")}, "there is no such folder; name the folder"},
		"a file":               {[]string{"--from", here("file")}, "it is a file; name the folder"},
		"no sums":              {[]string{"--from", here("sumless")}, "has no SHA256SUMS; name the folder"},
		"sums are a folder":    {[]string{"--from", here("folder")}, "has no SHA256SUMS"},
		"sums of nothing":      {[]string{"--from", here("torn")}, "has no archive for "},
		"another sum":          {[]string{"--from", here("torn"), "--sum", "00"}, "; check --sum and --version"},
		"another protocol":     {[]string{"--from", "ftp://example.com"}, "must be https"},
		"another host":         {[]string{"--from", "http://localhost:80@127.0.0.1:1/release"}, "cannot have a user name or a password"},
		"a password":           {[]string{"--from", "https://u:" + secret + "@127.0.0.1:1"}, "cannot have a user name or a password"},
		"nobody answers":       {[]string{"--from", address}, "cannot fetch " + address + "/SHA256SUMS ("},
		"bin-dir below a file": {[]string{"--from", here("torn"), "--bin-dir", here("file/bin")}, "choose another folder with --bin-dir"},
		"nothing to remove":    {[]string{"--uninstall"}, "name the folder with --bin-dir"},
	} {
		args := append([]string{"--bin-dir", filepath.Join(t.TempDir(), "bin")}, c.args...)
		if got := install(t, script, dir, nil, args...); got.code != 1 || !oneLine(got.stderr) || !strings.Contains(got.stderr, c.says) || got.stdout != "" || strings.Contains(got.stderr, secret) {
			t.Errorf("%s: %+v, want %q", name, got, c.says)
		}
	}
}

// A release puts nothing beside the folder of programs.
func TestInstallOutside(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(repository(t), "install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "release", "install.sh"), string(raw))
	put(t, filepath.Join(dir, "release", "links.txt"), "../evil docker-credential-iam\n")
	put(t, filepath.Join(dir, "release", "docker-credential-iam"), "#!/bin/sh\n")
	got := install(t, filepath.Join(dir, "release", "install.sh"), dir, nil, "--bin-dir", filepath.Join(dir, "to", "bin"))
	if got.code != 1 || !oneLine(got.stderr) || got.stdout != "" {
		t.Errorf("%+v", got)
	}
	if there := files(t, filepath.Join(dir, "to")); !slices.Equal(there, []string{"bin"}) || len(files(t, filepath.Join(dir, "to", "bin"))) > 0 {
		t.Errorf("there are %q", there)
	}
}

// programList is the list of programs that install.sh reads.
var programList = filepath.Join("cmd", "internal", "programs", "programs.txt")

// names are all names that install.sh installs, sorted: programs and links.
func names() []string {
	var all []string
	for _, p := range list.All() {
		all = append(append(all, p.Name), p.Links...)
	}
	return slices.Sorted(slices.Values(all))
}

// sources is a folder with install.sh, its list and a go.mod, and no program.
func sources(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	script, err := os.ReadFile(filepath.Join(repository(t), "install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "install.sh"), string(script))
	list, err := os.ReadFile(filepath.Join(repository(t), programList))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, programList), string(list))
	put(t, filepath.Join(dir, "go.mod"), "module github.com/credential-iam/credential-iam\n\ngo 1.26.0\n")
	return dir
}

// put writes an executable file.
func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := testenv.WriteProgram(path, []byte(content)); err != nil {
		t.Fatal(err)
	}
}

// toolbox is a folder with the tools that install.sh uses, for the PATH, and a
// Go of that version ("" for none) that "builds" by writing its version into a
// file.
func toolbox(t *testing.T, version, toolchain string) string {
	t.Helper()
	dir := t.TempDir()
	for _, tool := range []string{"sh", "dirname", "sed", "grep", "id", "mkdir", "mktemp", "mv", "rm", "wc", "tr", "cat", "chmod", "ln"} {
		if err := os.Symlink(parts.Program(t, tool), filepath.Join(dir, tool)); err != nil {
			t.Fatal(err)
		}
	}
	if version != "" {
		put(t, filepath.Join(dir, "go"), fmt.Sprintf("#!/bin/sh\ncase \"$*\" in\n'env GOVERSION') echo '%s' ;;\n'env GOTOOLCHAIN') echo '%s' ;;\n"+
			"build*) while [ \"$1\" != -o ]; do shift; done; echo '%[1]s' >\"$2\"; chmod +x \"$2\" ;;\nesac\n", version, toolchain))
	}
	return dir
}

// The Go on the PATH decides: none, one that is too old, one that fetches the
// right one, and odd names of versions.
func TestInstallGoVersion(t *testing.T) {
	source := sources(t)
	for _, c := range []struct {
		version, toolchain string
		code               int
		says               string
	}{
		{"", "", 1, "there is no go on the PATH"},
		{"go1.26.0", "local", 0, ""},
		{"go1.26.8 X:nodwarf5", "local", 0, ""},
		{"go1.27rc1", "local", 0, ""},
		{"devel go1.28-abcdef0 Mon Nov 23 00:00:00 2026 +0000", "local", 0, ""},
		{"go2.0", "local", 0, ""},
		{"go1.25.9", "local", 1, "Go 1.26.0 or newer is needed"},
		{"go1.9.7", "", 1, "Go 1.26.0 or newer is needed"},
		{"go1.20.14", "auto", 1, "Go 1.26.0 or newer is needed"},
		{"go1.21.0", "auto", 0, "will try to download"},
	} {
		t.Run(c.version, func(t *testing.T) {
			tools := toolbox(t, c.version, c.toolchain)
			bin := filepath.Join(t.TempDir(), "bin")
			got := install(t, filepath.Join(source, "install.sh"), t.TempDir(), []string{"PATH=" + tools}, "--bin-dir", bin)
			if got.code != c.code || !strings.Contains(got.stderr, c.says) {
				t.Errorf("exit %d, want %d; stderr %q, want %q in it", got.code, c.code, got.stderr, c.says)
			}
			if there := files(t, bin); c.code == 0 && !slices.Equal(there, names()) || c.code != 0 && there != nil {
				t.Errorf("installed: %q", there)
			}
		})
	}
}

// A program is installed under its further names too, as links beside it; without
// the list nothing is.
func TestInstallList(t *testing.T) {
	source, tools := sources(t), toolbox(t, "go1.26.0", "local")
	bin := filepath.Join(t.TempDir(), "bin")
	put(t, filepath.Join(source, programList), "# comment\n\nfirst core a,b\nsecond adapter c other another # comment\n")
	got := install(t, filepath.Join(source, "install.sh"), source, []string{"PATH=" + tools}, "--bin-dir", bin)
	if there := files(t, bin); got.code != 0 || !slices.Equal(there, []string{"another", "first", "other", "second"}) {
		t.Fatalf("exit %d, installed %q\n%s", got.code, there, got.stderr)
	}
	for _, link := range []string{"other", "another"} {
		if to, err := os.Readlink(filepath.Join(bin, link)); err != nil || to != "second" {
			t.Errorf("%s leads to %q, %v", link, to, err)
		}
		if !strings.Contains(got.stdout, "installed "+filepath.Join(bin, link)+"\n") {
			t.Errorf("nothing is said of %s:\n%s", link, got.stdout)
		}
	}
	if err := os.Remove(filepath.Join(source, programList)); err != nil {
		t.Fatal(err)
	}
	got = install(t, filepath.Join(source, "install.sh"), source, []string{"PATH=" + tools}, "--bin-dir", bin+"2")
	if there := files(t, bin+"2"); got.code != 1 || there != nil {
		t.Errorf("without the list: exit %d, installed %q\n%s", got.code, there, got.stderr)
	}
}

// A second run replaces what the first one installed, and says nothing of a PATH
// that is right.
func TestInstallAgain(t *testing.T) {
	script := filepath.Join(sources(t), "install.sh")
	home := t.TempDir()
	bin := filepath.Join(home, "bin")
	var before []string
	for _, version := range []string{"go1.26.1", "go1.26.2"} {
		path := toolbox(t, version, "local") + string(filepath.ListSeparator) + bin
		got := install(t, script, home, []string{"PATH=" + path}, "--bin-dir=bin")
		if got.code != 0 || strings.Contains(got.stderr, "warning") {
			t.Fatalf("exit %d\n%s", got.code, got.stderr)
		}
		if b, err := os.ReadFile(filepath.Join(bin, "credential-iam")); err != nil || string(b) != version+"\n" {
			t.Errorf("installed is %q, %v", b, err)
		}
		now := files(t, bin)
		if before != nil && !slices.Equal(now, before) {
			t.Errorf("the folder holds %q, before %q", now, before)
		}
		before = now
	}
}

// Who has configured something is not told to begin.
func TestInstallConfigured(t *testing.T) {
	script, tools := filepath.Join(sources(t), "install.sh"), toolbox(t, "go1.26.0", "local")
	for file, want := range map[string]string{
		"": "next: credential-iam configure",
		".local/state/credential-iam/configured.json": "credential-iam doctor",
		".docker/config.json":                         "credential-iam doctor",
	} {
		home := t.TempDir()
		if file != "" {
			put(t, filepath.Join(home, file), `{"plugins":{"iam@gcr.io":{}}}`)
		}
		got := install(t, script, home, []string{"PATH=" + tools, "HOME=" + home, "XDG_STATE_HOME=", "DOCKER_CONFIG="}, "--bin-dir=bin")
		if next := strings.Count(got.stderr, "next: credential-iam configure"); got.code != 0 || !strings.Contains(got.stderr, want) || next == 1 != (file == "") {
			t.Errorf("%s: exit %d\n%s", file, got.code, got.stderr)
		}
	}
}

// Without --bin-dir programs go where a person's own are.
func TestInstallDefaultFolder(t *testing.T) {
	home, tools := t.TempDir(), toolbox(t, "go1.26.0", "local")
	id := filepath.Join(tools, "id")
	if err := os.Remove(id); err != nil { // a link: writing would go to the real one
		t.Fatal(err)
	}
	put(t, id, "#!/bin/sh\necho 1000\n") // nobody's root
	script := filepath.Join(sources(t), "install.sh")
	got := install(t, script, home, []string{"HOME=" + home, "PATH=" + tools})
	if there := files(t, filepath.Join(home, ".local", "bin")); got.code != 0 || !slices.Equal(there, names()) {
		t.Errorf("exit %d, installed %q\n%s", got.code, there, got.stderr)
	}
	got = install(t, script, home, []string{"HOME=", "PATH=" + tools})
	if got.code != 1 || !strings.Contains(got.stderr, "--bin-dir DIR") {
		t.Errorf("without HOME: exit %d\n%s", got.code, got.stderr)
	}
}

// A build that fails installs nothing, and what was installed before stays.
func TestInstallBuildFails(t *testing.T) {
	source := sources(t)
	bin := filepath.Join(source, "bin")
	put(t, filepath.Join(bin, "docker-credential-iam"), "the old one")
	got := install(t, filepath.Join(source, "install.sh"), source, nil, "--bin-dir", bin)
	if got.code != 1 || !strings.Contains(got.stderr, "building docker-credential-iam failed") {
		t.Errorf("exit %d\n%s", got.code, got.stderr)
	}
	if left := files(t, bin); !slices.Equal(left, []string{"docker-credential-iam"}) {
		t.Errorf("the folder holds %q", left)
	}
	if b, err := os.ReadFile(filepath.Join(bin, "docker-credential-iam")); err != nil || string(b) != "the old one" {
		t.Errorf("the installed program is now %q, %v", b, err)
	}
}

// The demo is one command that shows one call for everything, and leaves
// nothing: not in the home folder, not among temporary files.
func TestInstallDemo(t *testing.T) {
	parts.Program(t, "git")
	caches, err := exec.CommandContext(t.Context(), parts.Program(t, "go"), "env", "GOCACHE", "GOMODCACHE", "GOPATH").Output()
	dirs := strings.Split(strings.TrimSpace(string(caches)), "\n")
	if err != nil || len(dirs) != 3 {
		t.Fatalf("go env: %q, %v", caches, err)
	}
	home, tmp := t.TempDir(), t.TempDir()
	got := install(t, filepath.Join(repository(t), "install.sh"), home, []string{
		"HOME=" + home, "TMPDIR=" + tmp, "DOCKER_CONFIG=" + home, "GOTELEMETRY=off",
		"GOCACHE=" + dirs[0], "GOMODCACHE=" + dirs[1], "GOPATH=" + dirs[2],
	}, "--demo")
	if got.code != 0 {
		t.Fatalf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	for _, want := range []string{"docker push ", "git push ", "generateAccessToken"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("the transcript lacks %q:\n%s", want, got.stdout)
		}
	}
	if testenv.Leak(got.stdout+got.stderr, testenv.Marks) != "" {
		t.Error("the demo printed a token")
	}
	for _, dir := range []string{home, tmp} {
		if left := files(t, dir); len(left) != 0 && !slices.Equal(left, []string{".config"}) {
			t.Errorf("%q was left in %s", left, dir)
		}
	}
}
