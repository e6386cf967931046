package iam

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/source"
)

// A program has the time that its document gives it, not that of an attempt.
func TestExecutableSlow(t *testing.T) {
	w := newWorld(t)
	w.env[allowExecutables] = "1"
	w.c.limits.total, w.c.limits.attempt = 600*time.Millisecond, 300*time.Millisecond
	w.s.Grant(w.s.WorkloadPrincipal("job").Email, iamtest.RoleTokenCreator, deployer)
	reply := w.file("reply", w.s.ExecutableResponse("job"))
	doc := w.s.ExternalADC(iamtest.ExternalOptions{Command: w.script("slow.sh", "sleep 1; cat "+reply)})
	w.wantPrincipal(w.mint(w.target(doc, deployer)), deployer)
}

// One that hangs is ended at its time, a child of it that holds the pipe included.
func TestExecutableHangs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env[allowExecutables] = "1"
	start := time.Now()
	e := w.wantError(w.target(w.s.ExternalADC(iamtest.ExternalOptions{Command: w.script("hang.sh", "sleep 300 & sleep 300\n")}), deployer), "unreachable", "in time")
	if took := time.Since(start); took < 5*time.Second || took > time.Minute || !e.Unreachable {
		t.Errorf("ended after %s, its time is 5s: %v", took, e)
	}
}

func TestExecutableTimeout(t *testing.T) {
	w := newWorld(t)
	w.env[allowExecutables] = "1"
	for _, bad := range []any{0, 1, -5, 4999, 120001, 5000.5, "5000"} {
		doc := w.s.ExternalADC(iamtest.ExternalOptions{Command: "/bin/true"})
		doc = w.edit(doc, map[string]any{"credential_source": map[string]any{"executable": map[string]any{"command": "/bin/true", "timeout_millis": bad}}})
		w.wantError(w.target(doc, deployer), "bad-source", "timeout_millis")
	}
	for given, want := range map[string]time.Duration{
		`{"executable":{"command":"/x"}}`:                         30 * time.Second,
		`{"executable":{"command":"/x","timeout_millis":120000}}`: 2 * time.Minute,
		`{"executable":{"command":"/x","timeout_millis":5000}}`:   5 * time.Second,
	} {
		path := w.file("adc.json", []byte(`{"type":"external_account","credential_source":`+given+`}`))
		s, err := source.Finder{Env: w.c.env}.Find(t.Context(), "file:"+path)
		if err != nil || s.Takes != want {
			t.Errorf("%s: an adapter waits %s longer, want %s (%v)", given, s.Takes, want, err)
		}
	}
}

// Quotes keep blanks in a program's path and arguments together.
func TestExecutableCommand(t *testing.T) {
	w := newWorld(t)
	w.env[allowExecutables] = "1"
	w.s.Grant(w.s.WorkloadPrincipal("job").Email, iamtest.RoleTokenCreator, deployer)
	reply := w.file("reply", w.s.ExecutableResponse("job"))
	args := filepath.Join(w.dir, "args")
	program := w.script("with blank.sh", `printf '<%s>' "$@" > `+args+"; cat "+reply)
	doc := w.s.ExternalADC(iamtest.ExternalOptions{Command: `"` + program + `"  --role="a b"  'c "d"' "" \n`})
	w.wantPrincipal(w.mint(w.target(doc, deployer)), deployer)
	if got := string(must(helper.ReadFile(args, 1000))(t)); got != `<--role=a b><c "d"><><\n>` {
		t.Errorf("its arguments are %s", got)
	}
	for _, bad := range []string{"", " ", "relative arg", `"/a b`, "'", `""`} {
		doc := w.edit(w.s.ExternalADC(iamtest.ExternalOptions{Command: "/x"}),
			map[string]any{"credential_source": map[string]any{"executable": map[string]any{"command": bad}}})
		w.wantError(w.target(doc, deployer), "bad-source", "command")
	}
}

// What the program itself says is wrong is in the message.
func TestExecutableSays(t *testing.T) {
	w := newWorld(t)
	w.env[allowExecutables] = "1"
	for body, want := range map[string]string{
		`echo 'session expired, run: corp-login' >&2; echo more >&2; exit 3`:                          "exit status 3 (session expired, run corp-login)",
		`echo '{"version":1,"success":false,"code":"NO_SESSION","message":"run corp-login"}'; exit 1`: "it reports NO_SESSION run corp-login",
		`echo 'no session' >&2`: "no reply of the known form (no session)",
		`echo '{"version":1,"success":false,"code":"401","message":"no"}'; echo 'see the log of it' >&2`: "it reports 401 no",
		"printf '\\033[31mred\\033[0m\\r\\n' >&2; exit 4":                                                "exit status 4",
	} {
		doc := w.s.ExternalADC(iamtest.ExternalOptions{Command: w.script("say.sh", body)})
		e := w.wantError(w.target(doc, deployer), "bad-source", want)
		if strings.Contains(e.Error(), "more") {
			t.Errorf("more than the first line: %v", e)
		}
	}
}
