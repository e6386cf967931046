package configure

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/record"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

const (
	fuzzDocker = `{"auths":{"ghcr.io":{"auth":"dTpw"}},"credHelpers":{"gcr.io":"iam","quay.io":"pass"},"plugins":{"iam@gcr.io":{"serviceAccount":"a@b"},"other":{"a":"b"}}}`
	fuzzGit    = "[user]\n\tname = N\n[credential \"https://a.example\"]\n\thelper =\n\thelper = iam\n"
)

// FuzzRecord has any record: what it says is undone without a panic, or it is an error.
func FuzzRecord(f *testing.F) {
	for _, settings := range []string{
		`{"key":[]}`, `{"key":null}`, `{"key":["plugins"]}`, `{"key":["credHelpers"]}`, `{"key":["credHelpers","absent.example"],"old":null,"new":null}`,
		`{"key":["credHelpers","gcr.io"],"old":"gcloud","new":"iam"},{"key":["plugins","iam@gcr.io","serviceAccount"],"old":null,"new":"a@b"}`,
		`{"key":["credHelpers","gcr.io"],"old":"gcloud","new":null}`, `{"key":["credential","https://a.example","helper"],"old":null,"new":"iam"}`,
	} {
		for _, path := range []string{"/d", "/g"} {
			f.Add([]byte(`{"files":[{"path":"`+path+`","sha256":"","spans":[{"at":0,"len":1,"old":"x"}],"settings":[`+settings+`]}]}`), "", false)
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte, typed string, made bool) {
		path := filepath.Join(dir, "configured.json")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := record.Open(path)
		if err != nil {
			var e *files.Error
			if !errors.As(err, &e) || e.Fix == "" {
				t.Errorf("%v", err)
			}
			return
		}
		var hosts []place
		if typed != "" {
			h, err := readPlace(host.Git, typed)
			if err != nil {
				return
			}
			hosts = append(hosts, h)
		}
		if e := b.Find("/d"); e != nil { // as if nobody had changed the file since
			spans := e.Spans
			e.Became([]byte("{}"), []byte(fuzzDocker))
			e.Spans, e.Made = spans, made
		}
		if e := b.Find("/g"); e != nil {
			spans := e.Spans
			e.Became([]byte{}, []byte(fuzzGit))
			e.Spans, e.Made = spans, made
		}
		undo(t, b, hosts)
	})
}

// undo takes back what a record says, in a file of docker's and in git's.
func undo(t *testing.T, b *record.Book, hosts []place) {
	t.Helper()
	old, err := dockerconfig.Parse([]byte(fuzzDocker))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := dockerconfig.Parse([]byte(fuzzDocker))
	if err != nil {
		t.Fatal(err)
	}
	text, err := gitconfig.Parse([]byte(fuzzGit))
	if err != nil {
		t.Fatal(err)
	}
	p := &plan{book: b}
	d := &edited{file: &files.File{Path: "/d", Raw: []byte(fuzzDocker)}, old: old, doc: doc}
	p.undoDocker(d, hosts, len(hosts) > 0)
	_, _ = d.content(), d.changes()
	p.git = &gitEdit{file: &files.File{Path: "/g", Raw: []byte(fuzzGit)}, text: text, entries: text.Entries(), content: []byte(fuzzGit)}
	p.undoGit(World{}, hosts)
	_ = p.git.changes()
}

// TestMalformedRecord leaves everything where the record is not one of configure's.
func TestMalformedRecord(t *testing.T) {
	for _, setting := range []string{
		`{"key":[]}`, `{"key":null}`, `{"key":["plugins"]}`, `{"key":["credHelpers"]}`, `{"key":["credHelpers","absent.example"],"old":null,"new":null}`,
	} {
		s := newScene(t)
		s.write(s.docker, fuzzDocker)
		path := record.Path(s.Env.Getenv, s.Env.HomeDir)
		s.write(path, `{"files":[{"path":"`+s.docker+`","settings":[`+setting+`]}]}`)
		_, err := s.Unconfigure(t.Context(), Request{Hosts: []string{"absent.example"}})
		var e *helper.Error
		if !errors.As(err, &e) || e.Hint != "mv "+path+" "+path+".old" {
			t.Errorf("%s: %v", setting, err)
		}
		if got := s.read(s.docker); got != fuzzDocker {
			t.Errorf("%s: %s", setting, got)
		}
	}
}

// TestRecordOfAnother has a record that others can write, or that belongs to another: it
// is refused, with a command that helps, and nothing has changed.
func TestRecordOfAnother(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are Unix's")
	}
	for name, spoil := range map[string]func(path string) error{
		"others write it":         func(path string) error { return os.Chmod(path, 0o666) },
		"others write its folder": func(path string) error { return os.Chmod(filepath.Dir(path), 0o777) },
		"it is another's":         func(path string) error { return os.Chown(path, 54321, 54321) },
		"its folder is another's": func(path string) error { return os.Chown(filepath.Dir(path), 54321, 54321) },
		"a link to another's record": func(path string) error {
			real := filepath.Join(filepath.Dir(filepath.Dir(path)), "theirs")
			return errors.Join(os.Rename(path, real), os.Symlink(real, path), os.Chown(real, 54321, 54321))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}})
			before, path := s.read(s.docker), record.Path(s.Env.Getenv, s.Env.HomeDir)
			if err := spoil(path); err != nil {
				t.Skip(err)
			}
			_, err := s.Unconfigure(t.Context(), Request{})
			var e *helper.Error
			if !errors.As(err, &e) || e.Hint == "" || s.read(s.docker) != before {
				t.Fatalf("%v\n%s", err, s.read(s.docker))
			}
			if out, err := exec.Command("sh", "-c", e.Hint).CombinedOutput(); err != nil {
				t.Fatalf("%s: %s", e.Hint, out)
			}
			s.unconfigure(Request{})
			if got := s.read(s.docker); got != "(none)" {
				t.Errorf("after %q: %s", e.Hint, got)
			}
		})
	}
}

// TestSecretsAreNotRecorded replaces values that may be secrets: they are neither in the
// record nor in what is said, which says that they do not come back.
func TestSecretsAreNotRecorded(t *testing.T) {
	const registry, option, token = "gcr.io", "an option of a plugin", "ya29.geheim"
	s := newScene(t)
	s.write(s.docker, `{"plugins":{"iam@gcr.io":{"issuer":"ecr","issuer.roleArn":"`+option+`","serviceAccount":"`+token+`"}}}`)
	r := Request{Keys: keys("issuer", "ecr", "issuer.roleArn", "arn:aws:iam::1:role/push", "serviceAccount", account), Docker: []string{registry}, Force: true}
	r.DryRun = true
	dry := s.configure(r)
	r.DryRun = false
	report := s.configure(r)
	said := fmt.Sprintf("%v %v %v %s", dry, report, s.unconfigureDry(), s.read(record.Path(s.Env.Getenv, s.Env.HomeDir)))
	if strings.Contains(said, option) || strings.Contains(said, "geheim") || !strings.Contains(said, account) {
		t.Errorf("it says %s", said)
	}
	if len(report.Notes) < 2 || !strings.Contains(strings.Join(report.Notes, "\n"), "issuer.roleArn") {
		t.Errorf("notes: %q", report.Notes)
	}
	s.unconfigure(Request{})
	if got := s.read(s.docker); strings.Contains(got, account) || strings.Contains(got, "push") {
		t.Errorf("left: %s", got)
	}
}

func (s *scene) unconfigureDry() Report { return s.unconfigure(Request{DryRun: true}) }

// TestSpansChangeSettingsAlone has a record whose spans write more than its settings:
// it is not used, and what looks like configure's is removed.
func TestSpansChangeSettingsAlone(t *testing.T) {
	s := newScene(t)
	s.needGit()
	s.write(s.docker, `{"auths":{"ghcr.io":{}},"credHelpers":{"gcr.io":"gcloud"}}`)
	s.write(s.git, "[user]\n\tname = N\n")
	s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}, Git: []string{"source.developers.google.com"}, Force: true})
	b, err := record.Open(record.Path(s.Env.Getenv, s.Env.HomeDir))
	if err != nil {
		t.Fatal(err)
	}
	b.Find(s.docker).Became([]byte(`{"auths":{"ghcr.io":{}},"credsStore":"evil","credHelpers":{"gcr.io":"gcloud"}}`), []byte(s.read(s.docker)))
	b.Find(s.git).Became([]byte("[user]\n\tname = N\n[core]\n\teditor = evil\n"), []byte(s.read(s.git)))
	if err := files.Apply(t.Context(), b.Step(false)); err != nil {
		t.Fatal(err)
	}
	report := s.unconfigure(Request{})
	if got := s.read(s.docker); got != `{"auths":{"ghcr.io":{}}}` {
		t.Errorf("docker's file: %s", got)
	}
	if got := s.read(s.git); got != "[user]\n\tname = N\n" {
		t.Errorf("git's file: %s", got)
	}
	if len(report.Notes) != 2 {
		t.Errorf("notes: %q", report.Notes)
	}
}
