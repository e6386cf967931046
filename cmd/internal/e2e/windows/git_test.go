//go:build linux

package windows

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const (
	gitFolder = `C:\Git für alle\mingw64\bin`
	forge     = "source.developers.google.com"
)

// addGit puts git for Windows on the PATH, with the shell that it runs helpers with, and
// then the programs of this repository.
func (w *wine) addGit() (git string) {
	w.t.Helper()
	from := filepath.Join(filepath.Dir(w.program), "wine-git", "mingw64", "bin")
	if _, err := os.Stat(from); err != nil {
		parts.Missing(w.t, "no git for Windows: %v", err)
	}
	envtest.Check(w.t, os.MkdirAll(w.unix(gitFolder), 0o755))
	for _, name := range []string{"git.exe", "sh.exe"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		envtest.Check(w.t, err)
		envtest.Check(w.t, os.WriteFile(w.unix(gitFolder)+"/"+name, b, 0o755))
	}
	w.env = append(w.env, "WINEPATH="+gitFolder+";"+folder)
	return gitFolder + `\git.exe`
}

// set gives the programs that are started from now on a variable, as a person does: in
// the registry. Wine takes HOME and its kind from nowhere else.
func (w *wine) set(name, value string) {
	w.t.Helper()
	w.must("reg", "", "add", `HKCU\Volatile Environment`, "/f", "/v", name, "/d", value)
}

func (w *wine) unset(name string) {
	w.t.Helper()
	w.must("reg", "", "delete", `HKCU\Volatile Environment`, "/f", "/v", name)
}

// TestGit: git itself says where its file is, and what it does with what configure has
// written there. Its home is another one than docker's wherever HOME, or
// HOMEDRIVE and HOMEPATH, are.
func TestGit(t *testing.T) {
	w := newWine(t)
	w.install("git-credential-iam", "credential-iam")
	git, core := w.addGit(), exe("credential-iam")
	google := w.signIn(iamtest.Options{})
	for _, c := range []struct {
		name string
		env  map[string]string
		file string
	}{
		{"the profile", nil, w.profile + `\.gitconfig`},
		{"HOME", map[string]string{"HOME": `C:\Zuhause von Jürgen`}, `C:\Zuhause von Jürgen\.gitconfig`},
		{"HOMEDRIVE and HOMEPATH", map[string]string{"HOMEDRIVE": `C:`, "HOMEPATH": `\Netz laufwerk`}, `C:\Netz laufwerk\.gitconfig`},
		{"GIT_CONFIG_GLOBAL", map[string]string{"GIT_CONFIG_GLOBAL": `C:\Daten 三\git config`}, `C:\Daten 三\git config`},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := *w
			inner.t = t
			for name, value := range c.env {
				inner.set(name, value)
				defer inner.unset(name)
			}
			inner.gitRound(git, core, c.file, google)
		})
	}
}

// gitRound configures git, whose global file is to be file, has it ask for a credential,
// and unconfigures it.
func (w *wine) gitRound(git, core, file string, google *iamtest.Server) {
	t := w.t
	before := []byte("[user]\r\n\tname = Jürgen \"三\"\r\n[include]\r\n\tpath = C:/Program Files/none\r\n")
	w.write(file, before)
	out := w.must(git, "", "config", "--global", "-z", "--show-origin", "user.name")
	if where, _, _ := strings.Cut(out, "\x00"); strings.ReplaceAll(where, `\`, "/") != "file:"+strings.ReplaceAll(file, `\`, "/") {
		t.Fatalf("git has another file than %s: %s", file, where)
	}
	w.must(core, "", "configure", "--no-check", "--service-account", testenv.Deployer, "--git", forge, "--set", "endpoint="+google.Endpoint())
	after, err := os.ReadFile(w.unix(file))
	if err != nil || !bytes.Contains(after, []byte(forge)) {
		t.Fatalf("git's file has no helper: %v\n%s", err, after)
	}

	out = w.must(git, "protocol=https\nhost="+forge+"\n\n", "credential", "fill")
	_, password, _ := strings.Cut(out, "password=")
	password, _, _ = strings.Cut(password, "\n")
	if email, _, ok := google.Inspect(strings.TrimSpace(password)); !ok || email != testenv.Deployer {
		t.Errorf("git has a credential of %q", email)
	}
	out, log, code := w.run(core, "", "doctor")
	if !strings.Contains(out, forge) || strings.Contains(out+log, "unset ") || strings.Contains(out+log, "''") {
		t.Errorf("doctor: exit %d\n%s%s", code, out, log)
	}

	w.must(core, "", "unconfigure")
	if b, err := os.ReadFile(w.unix(file)); err != nil || !bytes.Equal(b, before) {
		t.Errorf("git's file is not as before: %v\n%q", err, b)
	}
}
