package client

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
)

func TestKeyring(t *testing.T) {
	w := newWorld(t)
	w.Env["PATH"] = t.TempDir()
	const registry = "https://europe-python.pkg.dev/proj/repo/simple/"
	for _, c := range []struct{ args, prefix string }{
		{"get " + registry + " oauth2accesstoken", "access."},
		{"get europe-python.pkg.dev:443 oauth2accesstoken", "access."},
		{"get " + registry + " --mode creds", "oauth2accesstoken\naccess."},
		{"--mode=creds get id.example.com", adaptertest.Account + "\nid."},
		{"get https://named.example.com/ robot --mode creds", "robot\nid."},
		{"get own.example.com " + adaptertest.Account, "access."},
	} {
		r := run(w, "", append([]string{"/venv/bin/keyring"}, strings.Fields(c.args)...)...)
		if r.Code != 0 || r.Stderr != "" || !strings.HasPrefix(r.Stdout, c.prefix) || strings.Count(r.Stdout, "\n") != strings.Count(c.prefix, "\n")+1 {
			t.Errorf("%s: %+v; want %q", c.args, r, c.prefix)
		}
	}
	if r := run(w, "", "keyring", "get", registry, "me"); r.Code != 1 || r.Stdout != "" || !strings.Contains(r.Stderr, "oauth2accesstoken") || strings.Count(r.Stderr, "\n") != 1 {
		t.Errorf("another user: %+v", r)
	}
	for service, url := range map[string]string{
		registry:              "https://oauth2accesstoken@europe-python.pkg.dev/proj/repo/simple/",
		"own.example.com:443": "'https://" + strings.ReplaceAll(adaptertest.Account, "@", "%40") + "@own.example.com/PATH/simple/'",
	} {
		r := run(w, "", "keyring", "get", service, "me")
		if _, fix, _ := strings.Cut(r.Stderr, "; run: pip config set global.index-url "); r.Code != 1 || strings.Trim(fix, "'\n") != strings.Trim(url, "'") {
			t.Errorf("another user of %s: %+v", service, r)
		}
	}
	w.Mints()
	for _, args := range [][]string{
		{"get", "https://pypi.org/simple/", "u"}, {"get", "https://europe-python.pkg.dev.evil.example/", "oauth2accesstoken"}, {"get", "https://europe-python.pkg.dev@evil.example/", "oauth2accesstoken"},
		{"get", "http://europe-python.pkg.dev/", "oauth2accesstoken"}, {"get", "https://storage.googleapis.com/", "u"}, {"get", "europe-python.pkg.dev\n", "u"}, {"get", "", "u"}, {"get", strings.Repeat("a", 1<<20), "u"},
		{"get", registry}, {"get", registry, ""}, {"set", registry, "u"}, {"del", registry, "u"}, {"diagnose"}, {"--version"}, {}, {"get", registry, "u", "x"},
	} {
		if r := run(w, "hunter2\n", append([]string{"keyring"}, args...)...); r.Code != 1 || r.Stdout+r.Stderr != "" {
			t.Errorf("%.80q: %+v; want silence and 1", args, r)
		}
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other services caused %q", m)
	}
}

// What is not to be answered goes to the next keyring: not to a folder of that name,
// not to this program under another link, and not round and round.
func TestKeyringNext(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a shell script")
	}
	w := newWorld(t)
	here, folder, self, next := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	t.Chdir(here)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho \"$@\"; cat; echo said >&2; test \"$1\" != del\n"
	for _, err := range []error{os.Mkdir("relative", 0o755), os.WriteFile("relative/keyring", []byte("#!/bin/sh\necho theirs\n"), 0o755), os.Mkdir(filepath.Join(folder, "keyring"), 0o755), os.Symlink(exe, filepath.Join(self, "keyring")), os.WriteFile(filepath.Join(next, "keyring"), []byte(script), 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Env["PATH"] = strings.Join([]string{"relative", folder, self, next}, string(filepath.ListSeparator))
	if r := run(w, "pw", "keyring", "set", "https://pypi.org/", "a b"); r.Code != 0 || r.Stdout != "set https://pypi.org/ a b\npw" || r.Stderr != "said\n" {
		t.Errorf("set: %+v", r)
	}
	if r := run(w, "", "keyring", "del", "x", "y"); r.Code != 1 || r.Stdout != "del x y\n" || r.Stderr != "said\n" {
		t.Errorf("del: %+v", r)
	}
	w.Env["CREDENTIAL_IAM_PASSED_BY"] = "keyring=1" // a process that exists
	if r := run(w, "", "keyring", "get", "https://pypi.org/", "u"); r.Code != 1 || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 {
		t.Errorf("a wrapper: %+v", r)
	}
}

// FuzzKeyring: what is asked for is what stands on a command line of "get" alone, so
// that nothing else is answered rather than passed on.
func FuzzKeyring(f *testing.F) {
	for _, s := range []string{"get\nhttps://gcr.io/\nu", "--mode=creds\nget\ngcr.io", "get\ngcr.io\n--mode\ncreds\n", "set\na\nb", "get\n--mode\ncreds", "--mode\ncreds\n--mode=creds\nget\na"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\n")
		before := slices.Clone(args)
		service, user, creds, ok := keyringArgs(args)
		if !slices.Equal(args, before) {
			t.Fatalf("%q: the command line was changed to %q", before, args)
		}
		if !ok {
			return
		}
		want := []string{"get", service}
		if user != "" {
			want = append(want, user)
		}
		rest := strings.Join(args, "\n")
		if creds {
			for _, mode := range []string{"--mode=creds", "--mode\ncreds"} {
				for _, s := range []string{mode + "\n" + strings.Join(want, "\n"), "get\n" + mode + "\n" + strings.Join(want[1:], "\n"), "get\n" + service + "\n" + mode + "\n" + user, strings.Join(want, "\n") + "\n" + mode} {
					if rest == s {
						return
					}
				}
			}
		}
		if creds || rest != strings.Join(want, "\n") {
			t.Fatalf("%q: the service %q, the user %q, %t", args, service, user, creds)
		}
	})
}
