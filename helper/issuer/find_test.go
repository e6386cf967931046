package issuer_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer"
	"github.com/credential-iam/credential-iam/helper/issuer/issuertest"
)

func TestNames(t *testing.T) {
	t.Parallel()
	dir := pluginDir(t, "good")
	for _, name := range []string{
		"", "../good", "a/b", `a\b`, "Good", "-rf", "good.exe", ".", "..", "a b", "a\x00b", "good\n", "é", strings.Repeat("a", 65),
	} {
		_, err := issuer.Open(context.Background(), name, issuertest.Options(t, dir))
		if e := problem(t, err); e.Who != helper.User || e.Code != "bad-name" {
			t.Errorf("%q: %v", name, e)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	dir := issuertest.Dir(t)
	_, err := issuer.Open(context.Background(), "none", issuertest.Options(t, dir))
	e := problem(t, err)
	if e.Who != helper.User || e.Code != "plugin-missing" || !strings.Contains(e.Reason, dir) || !strings.HasPrefix(e.Hint, "mkdir -p ") {
		t.Errorf("%v", e)
	}
}

// TestMisspelled: a name that is nearly a plugin's is answered with that plugin's.
func TestMisspelled(t *testing.T) {
	t.Parallel()
	dir := pluginDir(t, "good")
	if names := issuer.Installed([]string{filepath.Join(dir, "missing"), dir}); !slices.Equal(names, []string{"good"}) {
		t.Errorf("installed: %q", names)
	}
	for name, meant := range map[string]string{"godo": `did you mean "good"?`, "other": ""} {
		_, err := issuer.Open(context.Background(), name, issuertest.Options(t, dir))
		e := problem(t, err)
		if e.Code != "plugin-missing" || !strings.Contains(e.Reason, meant) || meant == "" && strings.Contains(e.Reason, "did you mean") {
			t.Errorf("%q: %v", name, e)
		}
	}
}

// TestFirstFolderWins: a plugin that is refused is never passed over for one of
// the same name further on.
func TestFirstFolderWins(t *testing.T) {
	t.Parallel()
	unixOnly(t)
	first, second := pluginDir(t, "good"), pluginDir(t, "good")
	o := issuertest.Options(t, first)
	o.Dirs = []string{"relative", filepath.Join(first, "missing"), first, second}
	h, err := issuer.Open(context.Background(), "good", o)
	if err != nil || filepath.Dir(h.Path()) != first {
		t.Fatalf("%v, %v", h, err)
	}
	chmod(t, first, 0o777)
	if _, err := issuer.Open(context.Background(), "good", o); problem(t, err).Code != "plugin-refused" {
		t.Error(err)
	}
}

func TestDefaultDirs(t *testing.T) {
	t.Parallel()
	unixOnly(t)
	dir := issuertest.Dir(t)
	bin := filepath.Join(dir, "real", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(bin, "core"), 0o755)
	if err := os.Symlink(filepath.Join(bin, "core"), filepath.Join(dir, "core")); err != nil {
		t.Fatal(err)
	}
	env := helper.Env{HomeDir: "/home/u", Getenv: func(name string) string {
		return map[string]string{"XDG_DATA_HOME": "/data"}[name]
	}}
	got := issuer.DefaultDirs(filepath.Join(dir, "core"), env)
	want := []string{bin, filepath.Join(dir, "real", "libexec", "credential-iam"), "/data/credential-iam/issuers"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	env.Getenv = func(string) string { return "relative" }
	if got := issuer.DefaultDirs("", env); !cmp.Equal(got, []string{"/home/u/.local/share/credential-iam/issuers"}) {
		t.Error(got)
	}
}

// TestTrust: whoever could change what is started is kept out.
func TestTrust(t *testing.T) {
	t.Parallel()
	unixOnly(t)
	tests := []struct {
		name  string
		spoil func(t *testing.T, dir, file string)
		// fix is the command, or the system's own word of what is wrong.
		fix string
	}{
		{"not executable", func(t *testing.T, _, f string) { chmod(t, f, 0o644) }, "chmod u+x "},
		{"world-writable", func(t *testing.T, _, f string) { chmod(t, f, 0o757) }, "chmod go-w "},
		{"folder world-writable", func(t *testing.T, d, _ string) { chmod(t, d, 0o707) }, "chmod go-w "},
		{"folder sticky", func(t *testing.T, d, _ string) { chmod(t, d, 0o777|os.ModeSticky) }, "ls -ld "},
		{"folder above", func(t *testing.T, d, _ string) { chmod(t, filepath.Dir(d), 0o777) }, "chmod go-w "},
		{"a folder", func(t *testing.T, _, f string) { remove(t, f); mkdir(t, f) }, "ls -l "},
		{"a broken link", func(t *testing.T, _, f string) { remove(t, f); link(t, f+".gone", f) }, "no such file"},
		{"a loop", func(t *testing.T, _, f string) { remove(t, f); link(t, f, f) }, "too many links"},
		{"a link into an open folder", func(t *testing.T, d, f string) {
			open := filepath.Join(d, "open")
			mkdir(t, open)
			chmod(t, open, 0o777)
			if err := os.Rename(f, filepath.Join(open, "x")); err != nil {
				t.Fatal(err)
			}
			link(t, filepath.Join(open, "x"), f)
		}, "chmod go-w "},
		{"no program", func(t *testing.T, _, f string) { remove(t, f); write(t, f, 0o755) }, "exec format error"},
		{"no interpreter", func(t *testing.T, _, f string) {
			remove(t, f)
			write(t, f, 0o755)
			if err := os.WriteFile(f, []byte("#!/nonexistent/sh\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, "no such file or directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := pluginDir(t)
			file := filepath.Join(dir, "credential-iam-issuer-good")
			data, err := os.ReadFile(filepath.Join(built.dir, "plugin"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, data, 0o755); err != nil {
				t.Fatal(err)
			}
			chmod(t, file, 0o755)
			tt.spoil(t, dir, file)
			o := issuertest.Options(t, dir)
			o.TempDir = shortDir(t)
			h, err := issuer.Open(context.Background(), "good", o)
			if err == nil {
				_, err = h.Issue(context.Background(), issuertest.Target("good", host, nil), issuertest.NewIdentity(t))
			}
			e := problem(t, err)
			t.Log(e)
			if left, err := os.ReadDir(o.TempDir); err != nil || len(left) > 0 {
				t.Errorf("left in the folder of the sockets: %v %v", left, err)
			}
			if e.Who != helper.User || !strings.Contains(e.Reason+" "+e.Hint, tt.fix) || e.Hint == "" {
				t.Errorf("got %v, want %q", e, tt.fix)
			}
		})
	}
}

func TestLinkIsFollowed(t *testing.T) {
	t.Parallel()
	unixOnly(t)
	dir, real := issuertest.Dir(t), pluginDir(t, "good")
	link(t, filepath.Join(real, "credential-iam-issuer-good"), filepath.Join(dir, "credential-iam-issuer-good"))
	if _, err := issuertest.Run(t, dir, issuertest.Target("good", host, nil), issuertest.NewIdentity(t)); err != nil {
		t.Error(err)
	}
}

func TestForeignOwner(t *testing.T) {
	t.Parallel()
	unixOnly(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	dir := pluginDir(t)
	file := filepath.Join(dir, "credential-iam-issuer-good")
	write(t, file, 0o755)
	if err := os.Chown(file, 12345, 12345); err != nil {
		t.Skip(err)
	}
	_, err := issuer.Open(context.Background(), "good", issuertest.Options(t, dir))
	if e := problem(t, err); e.Code != "plugin-refused" || !strings.HasPrefix(e.Hint, "ls -ln ") {
		t.Error(e)
	}
}

func TestPin(t *testing.T) {
	t.Parallel()
	dir := pluginDir(t, "good")
	data, err := os.ReadFile(filepath.Join(dir, exe("credential-iam-issuer-good")))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	right := hex.EncodeToString(sum[:])
	id := issuertest.NewIdentity(t)
	for _, tt := range []struct{ pin, code string }{
		{right, ""},
		{strings.ToUpper(right), ""},
		{strings.Repeat("0", 64), "pin-mismatch"},
		{"sha256:" + right, "bad-pin"},
		{right[:62], "bad-pin"},
	} {
		_, err := issuertest.Run(t, dir, issuertest.Target("good", host, map[string]string{"sha256": tt.pin}), id)
		if tt.code == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if e := problem(t, err); e.Code != tt.code || !strings.HasPrefix(e.Hint, "sha256sum ") {
			t.Errorf("%q: %v", tt.pin, e)
		}
	}
}

func unixOnly(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("permission bits mean nothing on Windows")
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte("not a program\n"), mode); err != nil {
		t.Fatal(err)
	}
	chmod(t, path, mode)
}
