package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// machine is a world on a machine with a file of the administrator's.
func newMachine(t *testing.T, own, machine string) *world {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can make a file of root's")
	}
	w := newWorld(t, own)
	w.machine = w.write("etc/credential-iam/config.json", machine)
	return w
}

// TestMachine merges the machine's file below docker's own, section by section and
// key by key.
func TestMachine(t *testing.T) {
	const sa = "@p.iam.gserviceaccount.com"
	const machine = `{
		"credsStore": "iam", "credHelpers": {"gcr.io": "iam"},
		"plugins": {
			"iam": {"serviceAccount": "machine` + sa + `", "quotaProject": "machine-q"},
			"iam@eu.gcr.io": {"serviceAccount": "eu` + sa + `", "lifetime": "30m"},
			"iam@git.example.com": {"token": "id", "audience": "machine-aud"}
		}}`
	for _, c := range []struct{ name, own, host, account, quota, audience string }{
		{"no file of docker's", "", "gcr.io", "machine", "machine-q", ""},
		{"another key", `{"plugins":{"iam":{"lifetime":"15m"}}}`, "gcr.io", "machine", "machine-q", ""},
		{"the same key", `{"plugins":{"iam":{"serviceAccount":"own` + sa + `"}}}`, "gcr.io", "own", "machine-q", ""},
		{"a host's section of the machine", `{"plugins":{"iam":{"serviceAccount":"own` + sa + `"}}}`, "eu.gcr.io", "eu", "machine-q", ""},
		{"a host's section of both", `{"plugins":{"iam@EU.gcr.io:443":{"serviceAccount":"own` + sa + `"}}}`, "eu.gcr.io", "own", "machine-q", ""},
		{"consent of the machine", "", "git.example.com", "machine", "machine-q", "machine-aud"},
		{"consent of the machine, key of docker's", `{"plugins":{"iam@git.example.com":{"audience":"own-aud"}}}`, "git.example.com", "machine", "machine-q", "own-aud"},
		{"own token", `{"plugins":{"iam":{"serviceAccount":"source"}}}`, "gcr.io", "", "machine-q", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newMachine(t, c.own, machine)
			got, err := w.resolve(host.Git, c.host)
			if err != nil || strings.TrimSuffix(got.ServiceAccount, sa) != c.account || got.QuotaProject != c.quota || got.Audience != c.audience {
				t.Errorf("got %q %q %q, %v", got.ServiceAccount, got.QuotaProject, got.Audience, err)
			}
			if loaded := Load(w.env()); loaded.CredsStore != "" || len(loaded.CredHelpers()) > 0 {
				t.Errorf("docker's own entries are taken from the machine's file: %q %q", loaded.CredsStore, loaded.CredHelpers())
			}
		})
	}
}

// TestMachineMany: thousands of sections cost in the machine's file what they cost in
// docker's own, as each finds its like there at once: with a look at all of them it was
// a hundred times as much.
func TestMachineMany(t *testing.T) {
	many := string(manySections(10_000))
	spent := func(own, machine string) time.Duration {
		w := newMachine(t, own, machine)
		least := time.Hour
		for range 3 {
			begun := time.Now()
			if c := Load(w.env()); len(c.Sections()) != 10_001 || c.Broken() != nil {
				t.Fatal(len(c.Sections()), c.Broken())
			}
			least = min(least, time.Since(begun))
		}
		return least
	}
	own, machine := spent(many, `{"plugins":{}}`), spent(`{"plugins":{}}`, many)
	if t.Logf("docker's own %s, the machine's %s", own, machine); machine > 20*own {
		t.Errorf("10,000 sections take %s in the machine's file, %s in docker's own", machine, own)
	}
}

// TestMachineMistakes has mistakes in the machine's file: they name it, and the
// administrator who fixes them. A file that others can write is not passed over.
func TestMachineMistakes(t *testing.T) {
	const good = `{"plugins":{"iam":{"serviceAccount":"machine@p.iam.gserviceaccount.com"}}}`
	chmod := func(w *world, path string, mode os.FileMode) error { return os.Chmod(path, mode) }
	for _, c := range []struct {
		name, machine string
		spoil         func(w *world) error
		reason, hint  string
	}{
		{"not JSON", `{"plugins":`, nil, "not valid JSON", "credential-iam doctor"},
		{"a mistake in a section", `{"plugins":{"iam":{"lifetme":"1h"}}}`, nil, `did you mean "lifetime"`, "credential-iam doctor"},
		{"nearly a section", `{"plugins":{"IAM":{}}}`, nil, `plugins["IAM"]`, "sudo ${EDITOR:-vi} FILE"},
		{"no section", `{"plugins":{"iam@http://x":{}}}`, nil, "without a scheme", "sudo ${EDITOR:-vi} FILE"},
		{"writable by all", good, func(w *world) error { return chmod(w, w.machine, 0o666) }, "others can change it (mode 0666)", "sudo chmod go-w FILE"},
		{"writable by a group", good, func(w *world) error { return chmod(w, w.machine, 0o664) }, "others can change it (mode 0664)", "sudo chmod go-w FILE"},
		{"folder writable by all", good, func(w *world) error { return chmod(w, filepath.Dir(w.machine), 0o777) }, "others can change its folder", "sudo chmod go-w DIR"},
		{"another's", good, func(w *world) error { return os.Chown(w.machine, 12345, 12345) }, "belongs to somebody else", "sudo ls -ln FILE"},
		{"in another's folder", good, func(w *world) error { return os.Chown(filepath.Dir(w.machine), 12345, 12345) }, "belongs to somebody else", "sudo ls -ldn DIR"},
		{"a folder", good, func(w *world) error { return errors.Join(os.Remove(w.machine), os.Mkdir(w.machine, 0o755)) }, "not a regular file", "sudo ls -l FILE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newMachine(t, `{"plugins":{"iam":{"serviceAccount":"own@p.iam.gserviceaccount.com"}}}`, c.machine)
			if c.spoil != nil {
				if err := c.spoil(w); err != nil {
					t.Fatal(err)
				}
			}
			got, err := w.resolve(host.Docker, "gcr.io")
			if err == nil {
				t.Fatalf("answered as %q", got.ServiceAccount)
			}
			if len(Load(w.env()).Problems()) == 0 {
				t.Error("doctor and status are not told")
			}
			hint := strings.NewReplacer("FILE", w.machine, "DIR", filepath.Dir(w.machine)).Replace(c.hint)
			e := helper.AsError(err)
			if !strings.HasSuffix(err.Error(), "; run: "+hint) || e.Object != w.machine || e.Who != helper.Admin || !strings.Contains(e.Reason, c.reason) {
				t.Errorf("got %v (%s), want %q and %q", err, e.Who, c.reason, hint)
			}
		})
	}
}

// A file that somebody else than the administrator has made is refused, whoever runs
// this test.
func TestMachineOfSomebody(t *testing.T) {
	w := newWorld(t, "")
	w.machine = w.write("config.json", `{"plugins":{"iam":{"serviceAccount":"machine@p.iam.gserviceaccount.com"}}}`)
	if os.Getuid() == 0 {
		if err := os.Chown(w.machine, 12345, 12345); err != nil {
			t.Skip(err)
		}
	}
	if got, err := w.resolve(host.Docker, "gcr.io"); err == nil {
		t.Errorf("answered as %q", got.ServiceAccount)
	}
}

// TestMachineTwins: two spellings of one host in the machine's file are a mistake, as in
// docker's own, also where docker's own has a section for it: which of the two is below
// that one, nobody has said.
func TestMachineTwins(t *testing.T) {
	const sa = "@p.iam.gserviceaccount.com"
	const machine = `{"plugins":{"iam@eu.gcr.io":{"serviceAccount":"a` + sa + `"},"iam@EU.gcr.io:443":{"serviceAccount":"b` + sa + `"}}}`
	for _, own := range []string{"", `{"plugins":{"iam@eu.gcr.io":{"lifetime":"15m"}}}`, `{"plugins":{"iam@Eu.gcr.io":{"lifetime":"15m"}}}`} {
		w := newMachine(t, own, machine)
		for range 20 { // a map has no order
			if got, err := w.resolve(host.Git, "eu.gcr.io"); err == nil || helper.AsError(err).Code != "config" || !strings.HasPrefix(helper.AsError(err).Hint, "sudo ") {
				t.Errorf("%s: got %q, %v", own, got.ServiceAccount, err)
			}
		}
	}
}
