package mint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// TestMain makes the test binary play the core where FAKE_CORE says how.
func TestMain(m *testing.M) {
	if how := os.Getenv("FAKE_CORE"); how != "" {
		os.Exit(core(how))
	}
	os.Exit(m.Run())
}

type minter func(t helper.Target) (helper.Token, error)

func (m minter) Mint(_ context.Context, t helper.Target) (helper.Token, error) { return m(t) }

func serve(m minter) Open {
	return func(context.Context, helper.Target, []string) helper.Minter { return m }
}

func core(how string) int {
	switch how {
	case "good":
		good := func(t helper.Target) (helper.Token, error) {
			now := time.Now()
			dir, _ := os.Getwd()
			return helper.Token{
				Secret: keystore.NewSecret("token of " + t.ServiceAccount + " in " + dir), Issued: now, Expires: now.Add(time.Hour), Fingerprint: "f",
			}, nil
		}
		if Serve(context.Background(), os.Stdin, os.Stdout, serve(good)) != nil {
			return 1
		}
		return 0
	case "denied":
		denied := func(helper.Target) (helper.Token, error) {
			return helper.Token{}, &helper.Error{Who: helper.Admin, Op: "mint", Object: "x", Reason: "permission denied", Hint: "gcloud grant", Unreachable: true}
		}
		_ = Serve(context.Background(), os.Stdin, os.Stdout, serve(denied))
		return 1
	case "killed once", "killed":
		mark := os.Getenv("KILLED")
		if _, err := os.Stat(mark); err != nil || how == "killed" {
			_ = os.WriteFile(mark, nil, 0o600)
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			time.Sleep(time.Minute)
		}
		return core("good")
	case "crash":
		fmt.Fprintln(os.Stderr, "panic: boom\nat line 1")
		return 2
	case "garbage":
		fmt.Println("<html>")
	case "flood":
		_, _ = io.Copy(os.Stdout, io.LimitReader(endless{}, 64<<20))
	case "newer":
		fmt.Println(`{"version":99,"secret":"x"}`)
	case "expired":
		fmt.Println(ours(`,"secret":"x","issued":1577836800000000,"expires":1577840400000000}`))
	case "no expiry":
		fmt.Println(ours(`,"secret":"x"}`))
	case "newline":
		fmt.Println(ours(`,"secret":"x\nquit=0","issued":1577836800000000,"expires":9000000000000000}`))
	case "hang":
		time.Sleep(time.Minute)
	case "renew":
		t, skip, err := ReadTarget(os.Stdin)
		b, _ := json.Marshal(struct {
			Account string
			Skip    []string
			OK      bool
		}{t.ServiceAccount, skip, err == nil})
		_ = os.WriteFile(os.Getenv("RENEWED")+".new", b, 0o600)
		_ = os.Rename(os.Getenv("RENEWED")+".new", os.Getenv("RENEWED"))
	}
	return 0
}

// ours is a message of our version, of which only the rest is given.
func ours(rest string) string { return fmt.Sprintf(`{"version":%d%s`, Version(), rest) }

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// fakeCore puts this test binary beside an imaginary adapter, as the core.
func fakeCore(t *testing.T, how string) Exec {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := Program
	if runtime.GOOS == "windows" {
		t.Skip("needs symbolic links")
	}
	if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FAKE_CORE", how)
	return Exec{Executable: filepath.Join(dir, "docker-credential-iam"), Now: time.Now}
}

var target = helper.Target{Host: "gcr.io", ServiceAccount: "a@p.iam.gserviceaccount.com", Token: helper.Access, Issuer: helper.Google}

func TestMint(t *testing.T) {
	x := fakeCore(t, "good")
	tok, err := x.Mint(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tok.Secret.Reveal(), "token of a@p.iam.gserviceaccount.com in /"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if tok.Fingerprint != "f" || time.Until(tok.Expires) < 59*time.Minute {
		t.Errorf("got %+v", tok)
	}
}

func TestErrorCrossesTheBoundary(t *testing.T) {
	_, err := fakeCore(t, "denied").Mint(context.Background(), target)
	var e *helper.Error
	if !errors.As(err, &e) || e.Who != helper.Admin || !e.Unreachable || e.Error() != `mint "x": permission denied; run: gcloud grant` {
		t.Errorf("got %#v", err)
	}
}

func TestBadCore(t *testing.T) {
	for how, want := range map[string]struct{ code, word string }{
		"crash": {"core", "panic: boom at line 1"}, "garbage": {"core", "answer"}, "flood": {"core", "answer"}, "newer": {"version", "99"},
		"expired": {"core", "expired"}, "no expiry": {"core", "expiry"}, "newline": {"core", "control"},
	} {
		t.Run(how, func(t *testing.T) {
			_, err := fakeCore(t, how).Mint(context.Background(), target)
			var e *helper.Error
			if !errors.As(err, &e) || e.Code != want.code || !strings.Contains(e.Reason, want.word) {
				t.Fatalf("got %#v, want %q with %q in it", err, want.code, want.word)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than one line", err)
			}
		})
	}
}

// TestKilledCore: those who wait for this adapter's token are not told that it
// failed because somebody killed the core; a core that dies every time is told.
func TestKilledCore(t *testing.T) {
	t.Setenv("KILLED", filepath.Join(t.TempDir(), "mark"))
	if _, err := fakeCore(t, "killed once").Mint(context.Background(), target); err != nil {
		t.Errorf("killed once: %v", err)
	}
	if _, err := fakeCore(t, "killed").Mint(context.Background(), target); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("killed always: %v", err)
	}
}

func TestHangingCore(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := fakeCore(t, "hang").Mint(ctx, target); err == nil {
		t.Error("no error")
	}
	if d := time.Since(start); d > 50*time.Second {
		t.Errorf("took %s", d)
	}
}

// TestTimeFor: the core has more than its own 20 seconds, and that of a program that it
// runs, and nobody waits for long after that.
func TestTimeFor(t *testing.T) {
	for _, takes := range []time.Duration{0, 2 * time.Minute} {
		of := target
		of.Source.Takes = takes
		if got := timeFor(of) - takes; got <= 20*time.Second || got > 30*time.Second {
			t.Errorf("with a program of %s: %s", takes, got)
		}
	}
}

func TestNoCore(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	_, err := Exec{Executable: filepath.Join(dir, "docker-credential-iam"), Now: time.Now}.Mint(context.Background(), target)
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "install") {
		t.Errorf("got %v", err)
	}
}

// folder is a temporary folder by the path without links, by which a program is run: macOS
// has a link on the way to it.
func folder(t *testing.T) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return real
}

func TestFindBesideFirst(t *testing.T) {
	beside, other, links := folder(t), folder(t), t.TempDir()
	program := func(dir string) string {
		path := filepath.Join(dir, Program)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("PATH", other)
	onPath := program(other)
	adapter := filepath.Join(beside, "git-credential-iam")
	if got, _ := Find(adapter, Program); got != onPath {
		t.Errorf("got %q, want %q", got, onPath)
	}
	want := program(beside)
	if got, _ := Find(adapter, Program); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := os.WriteFile(adapter, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(links, "git-credential-iam")
	if err := os.Symlink(adapter, link); err != nil {
		t.Skip(err)
	}
	if got, _ := Find(link, Program); filepath.Base(filepath.Dir(got)) != filepath.Base(beside) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestFindRunsWhatWasChecked has the core behind a link.
func TestFindRunsWhatWasChecked(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a link needs a right of its own on Windows")
	}
	dir, away := t.TempDir(), t.TempDir()
	core, link := filepath.Join(away, Program), filepath.Join(dir, Program)
	if err := os.WriteFile(core, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(core, link); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(core)
	if err != nil {
		t.Fatal(err)
	}
	adapter := filepath.Join(dir, "git-credential-iam")
	if got, err := Find(adapter, Program); err != nil || got != real {
		t.Errorf("got %q, %v, want the file that was checked, %q: a link can lead elsewhere a moment later", got, err, real)
	}
	located, err := locate(adapter, Program)
	if err != nil {
		t.Fatal(err)
	}
	if cmd := command(t.Context(), located, CommandMint); cmd.Path != real || cmd.Args[0] != link {
		t.Errorf("%q is run as %q, want the file that was checked, %q, by its name %q", cmd.Path, cmd.Args[0], real, link)
	}
}

// TestFindNotHere: a program in the folder where the client happens to run is not found,
// whatever the PATH says.
func TestFindNotHere(t *testing.T) {
	here := t.TempDir()
	name := Program
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if err := os.WriteFile(filepath.Join(here, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(here)
	for _, path := range []string{".", "", "." + string(filepath.ListSeparator) + t.TempDir()} {
		t.Setenv("PATH", path)
		got, err := Find(filepath.Join(t.TempDir(), "git-credential-iam"), Program)
		if err == nil || helper.AsError(err).Code != "no-program" {
			t.Errorf("PATH=%s: got %q, %v", path, got, err)
		}
	}
}

// TestFindRefuses does not run a core that somebody else could have changed, and
// does not pass it over for one further on.
func TestFindRefuses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows says who can write in access lists")
	}
	beside, other := folder(t), folder(t)
	t.Setenv("PATH", other)
	for _, dir := range []string{beside, other} {
		if err := os.WriteFile(filepath.Join(dir, Program), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	adapter, core := filepath.Join(beside, "git-credential-iam"), filepath.Join(beside, Program)
	for path, mode := range map[string]os.FileMode{core: 0o777, beside: 0o777} {
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for _, run := range []func() error{
			func() error { _, err := Exec{Executable: adapter}.Mint(t.Context(), target); return err },
			func() error { return Exec{Executable: adapter}.Renew(target) },
		} {
			err := run()
			if err == nil || helper.AsError(err).Code != "program-refused" || helper.AsError(err).Hint != "chmod go-w "+helper.ShellWord(path) {
				t.Errorf("%s: got %v", path, err)
			}
		}
		if err := os.Chmod(path, before.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRenewIsDetached(t *testing.T) {
	x := fakeCore(t, "renew")
	x.Skip = func() []string { return []string{"keyring"} }
	done := filepath.Join(t.TempDir(), "done")
	t.Setenv("RENEWED", done)
	if err := x.Renew(target); err != nil {
		t.Fatal(err)
	}
	for range 6000 {
		if b, err := os.ReadFile(done); err == nil {
			if got, want := string(b), `{"Account":"a@p.iam.gserviceaccount.com","Skip":["keyring"],"OK":true}`; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the renewal was not run")
}

func TestServeRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "not JSON",
		"protocol=https\n":           "not JSON",
		`{"version":7}`:              "version",
		`{"target":{}}`:              "version",
		`{"version":7,"target":"x"}`: "version",
		ours(`,"target":"x"}`):       "not JSON",
	} {
		var out bytes.Buffer
		err := Serve(context.Background(), strings.NewReader(in), &out, serve(nil))
		if err == nil || !strings.Contains(out.String(), want) || !json.Valid(out.Bytes()) {
			t.Errorf("%q: got %v, %s", in, err, out.String())
		}
		if target, skip, err := ReadTarget(strings.NewReader(in)); err == nil || !reflect.DeepEqual(target, helper.Target{}) || skip != nil {
			t.Errorf("%q: a renewal is %+v, %q, %v", in, target, skip, err)
		}
	}
}

// TestBounded: of a message without end either side reads a part.
func TestBounded(t *testing.T) {
	in := &io.LimitedReader{R: endless{}, N: 64 << 20}
	if err := Serve(t.Context(), in, io.Discard, serve(nil)); err == nil {
		t.Error("it is a request")
	}
	if n := 64<<20 - in.N; n > maxMessage {
		t.Errorf("the core read %d bytes", n)
	}
	x := fakeCore(t, "flood")
	core, err := locate(x.Executable, Program)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := x.run(t.Context(), core, target)
	if n := len(out.Bytes()); err != nil || n != maxMessage {
		t.Errorf("%d bytes of the core's reply are kept, %v; want %d", n, err, maxMessage)
	}
}

// The core is told to use one processor, unless a person has said how many.
func TestEnviron(t *testing.T) {
	for in, want := range map[string]string{"A=b": "A=b GOMAXPROCS=1", "GOMAXPROCS=4 A=b": "GOMAXPROCS=4 A=b"} {
		if got := strings.Join(environ(strings.Fields(in)), " "); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// A list of fields that is another one is another version of the protocol.
func TestVersion(t *testing.T) {
	q, r := &request{}, &reply{}
	if Version() == 0 || Version() != versionOf(q.fields(), r.fields()) {
		t.Fatalf("got %d", Version())
	}
	var added string
	var number int64
	more := wire.F("added", &added)
	target := (&helper.Target{}).Fields()
	inTarget := []wire.Field{wire.F("version", &q.version), wire.F("target", append(target, more)), wire.F("skip", &q.skip)}
	for name, messages := range map[string][][]wire.Field{
		"added to the request":  {append(q.fields(), more), r.fields()},
		"added to the reply":    {q.fields(), append(r.fields(), more)},
		"added to the target":   {inTarget, r.fields()},
		"taken from the target": {{q.fields()[0], wire.F("target", target[1:]), q.fields()[2]}, r.fields()},
		"of another type":       {append(q.fields()[:2:2], wire.F("skip", &number)), r.fields()},
		"of another name":       {append(q.fields()[:2:2], wire.F("skipped", &q.skip)), r.fields()},
	} {
		if versionOf(messages...) == Version() {
			t.Errorf("a field %s makes no other version", name)
		}
	}
}
