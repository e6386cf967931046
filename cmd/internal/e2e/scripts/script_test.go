// Package scripts holds the tests in which all programs meet: the scripts in
// testdata run the real binaries, built once, against the stand-in for
// Google. Each script is a promise of the README and reads like one.
//
// A script has a home folder of its own with a user's application default
// credentials, may impersonate deployer@demo-project.iam.gserviceaccount.com,
// and keeps tokens in $KEYSTORE: the kernel's keyring where the scripts run as root. That
// of an ordinary user has room for twenty tokens, and the person's own are among them:
// there it is a memory file system.
package scripts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

func TestMain(m *testing.M) { envtest.Main(m) }

func TestScripts(t *testing.T) {
	bin := envtest.Programs(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup:               func(env *testscript.Env) error { return setup(env, bin) },
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"calls": calls, "grant": grant, "revoke": revoke, "fail": fail, "config": config, "adc": adc,
			"age": age, "expand": expand, "token-of": tokenOf, "samefile": same, "registry": registry, "latency": latency,
			"lifetime": lifetime, "secretless": secretless, "within": within, "until": until, "disable": disable, "metadata": metadata,
			"federation": federation, "behind": behind, "workforce": workforce,
		},
	})
}

// Keys of the values of a script: its stand-in and its home.
type (
	standIn struct{}
	home    struct{}
)

const deployer = testenv.Deployer

// setup starts a stand-in for the script and a home folder for its person.
func setup(env *testscript.Env, bin string) error {
	s, err := testenv.Google(iamtest.Options{}, deployer)
	if err != nil {
		return err
	}
	env.Defer(s.Close)
	h, err := testenv.New(testenv.Options{Root: env.WorkDir, Path: []string{bin}})
	if err != nil {
		return err
	}
	env.Defer(func() { _ = h.Close() })
	if err := errors.Join(h.SignIn(s.UserADC(testenv.Person)), os.Mkdir(h.Path(".docker"), 0o700)); err != nil {
		return err
	}
	env.Values[standIn{}], env.Values[home{}] = s, h
	for name, value := range h.Env {
		env.Setenv(name, value)
	}
	for name, value := range map[string]string{"BIN": bin, "IAM": s.Endpoint(), "DEPLOYER": deployer, "KEYSTORE": keystoreOf(h), "NO_COLOR": "1"} {
		env.Setenv(name, value)
	}
	return nil
}

// keystoreOf is the keystore of a home, "" where there is none in memory.
func keystoreOf(h *testenv.Home) string {
	switch {
	case os.Geteuid() == 0 && h.CanOpen(context.Background(), "kernel") == nil:
		return "kernel"
	case h.InMemory && h.CanOpen(context.Background(), "tmpfs") == nil:
		return "tmpfs"
	}
	return ""
}

// condition knows [keystore], where there is one that outlives a process, and [mounts],
// where a process can have mounts of its own.
func condition(name string) (bool, error) {
	switch name {
	case "keystore":
		h, err := testenv.New(testenv.Options{})
		if err != nil {
			return false, err
		}
		return keystoreOf(h) != "", h.Close()
	case "mounts":
		return exec.Command("unshare", "--mount", "mount", "--bind", "/etc", "/etc").Run() == nil, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

func server(ts *testscript.TestScript) *iamtest.Server {
	return ts.Value(standIn{}).(*iamtest.Server)
}

// account completes a short name to a service account of the stand-in.
func account(name string) string {
	if strings.Contains(name, "@") || strings.Contains(name, ":") {
		return name
	}
	return name + "@demo-project.iam.gserviceaccount.com"
}

// calls N [METHOD...]: so many calls were made since the last "calls", of any
// kind or of the methods named.
func calls(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: calls N [METHOD...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	s := server(ts)
	if got := s.Calls(args[1:]...); got != want {
		var seen []string
		for _, c := range s.Log() {
			seen = append(seen, c.Method+" "+c.Target)
		}
		ts.Fatalf("%d calls, want %d; all calls: %q", got, want, seen)
	}
	s.ResetCalls()
}

// grant MEMBER TARGET [ROLE]: MEMBER may impersonate TARGET; both are made. A
// member is an account, workload:SUBJECT or aws:ROLE.
func grant(ts *testscript.TestScript, neg bool, args []string) {
	change(ts, neg, args, func(s *iamtest.Server, member, role, target string) { s.Grant(member, role, target) })
}

// revoke MEMBER TARGET [ROLE] takes it back.
func revoke(ts *testscript.TestScript, neg bool, args []string) {
	change(ts, neg, args, func(s *iamtest.Server, member, role, target string) { s.Revoke(member, role, target) })
}

func change(ts *testscript.TestScript, neg bool, args []string, f func(s *iamtest.Server, member, role, target string)) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: grant|revoke MEMBER TARGET [ROLE]")
	}
	role := iamtest.RoleTokenCreator
	if len(args) == 3 {
		role = args[2]
	}
	s := server(ts)
	args[0] = member(s, args[0])
	for _, name := range args[:2] {
		if a := account(name); strings.HasSuffix(a, ".gserviceaccount.com") {
			s.ServiceAccount(a)
		}
	}
	f(s, account(args[0]), role, account(args[1]))
}

// disable ACCOUNT makes a service account unusable, its tokens included.
func disable(ts *testscript.TestScript, _ bool, args []string) {
	server(ts).ServiceAccount(account(args[0])).Disable()
}

// fail JSON adds a fault to the stand-in (iamtest.Fault); "fail clear" removes
// all.
func fail(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fail JSON|clear")
	}
	if args[0] == "clear" {
		server(ts).ClearFaults()
		return
	}
	var f iamtest.Fault
	ts.Check(json.Unmarshal([]byte(args[0]), &f))
	server(ts).Fail(f)
}

// config FILE makes FILE, with its variables expanded, docker's configuration.
func config(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: config FILE")
	}
	ts.Check(os.WriteFile(filepath.Join(ts.Getenv("HOME"), ".docker", "config.json"), expanded(ts, args[0]), 0o600))
}

// expand FILE expands the variables in FILE in place.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), expanded(ts, args[0]), 0o600))
}

func expanded(ts *testscript.TestScript, name string) []byte {
	return []byte(os.Expand(ts.ReadFile(name), func(v string) string {
		if v == "$" {
			return "$"
		}
		return ts.Getenv(v)
	}))
}

// adc KIND NAME FILE writes a source identity: of a user, a service account's
// key, a workload whose subject token lies in FILE.token, or a user's login that
// impersonates the service account NAME. A workload may impersonate deployer.
func adc(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: adc user|key NAME FILE")
	}
	s := server(ts)
	doc := []byte(nil)
	switch args[0] {
	case "user":
		s.User(args[1])
		doc = s.UserADC(args[1])
	case "key":
		s.ServiceAccount(account(args[1]))
		doc = s.KeyADC(account(args[1]))
	case "workload":
		token := ts.MkAbs(args[2] + ".token")
		ts.Check(os.WriteFile(token, []byte(s.SubjectToken(args[1])), 0o600))
		s.Grant(s.WorkloadPrincipal(args[1]).Email, iamtest.RoleWorkload, deployer)
		doc = s.ExternalADC(iamtest.ExternalOptions{File: token})
	case "impersonated":
		s.ServiceAccount(account(args[1]))
		doc = s.ImpersonatedADC(s.UserADC(testenv.Person), account(args[1]))
	default:
		ts.Fatalf("unknown kind %q", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), doc, 0o600))
}

// metadata ACCOUNT: this machine has a metadata server, with ACCOUNT attached.
func metadata(ts *testscript.TestScript, _ bool, args []string) {
	s := server(ts)
	s.ServiceAccount(account(args[0]))
	s.SetMetadataAccount(account(args[0]))
	ts.Setenv("GCE_METADATA_HOST", s.MetadataHost())
}

// token-of MEMBER [FILE]: the token in FILE (docker's or git's answer, or bare;
// "stdout" for the last output) belongs to MEMBER.
func tokenOf(ts *testscript.TestScript, neg bool, args []string) {
	name := "stdout"
	if len(args) == 2 {
		name = args[1]
	}
	token := testenv.Token(ts.ReadFile(name))
	got, ok := server(ts).Principal(token)
	if is := ok && got == member(server(ts), args[0]); is == neg {
		ts.Fatalf("the token (%d bytes) belongs to %q (%v)", len(token), got, ok)
	}
}

// samefile A B: the two answers hold one token.
func same(ts *testscript.TestScript, neg bool, args []string) {
	a, b := testenv.Token(ts.ReadFile(args[0])), testenv.Token(ts.ReadFile(args[1]))
	if (a == b && a != "") == neg {
		ts.Fatalf("tokens of %s and %s: same is %v", args[0], args[1], a == b)
	}
}

// secretless FILE...: no token that the stand-in ever gave, and no secret of a
// source identity, is in the files ("stdout" and "stderr" are files).
func secretless(ts *testscript.TestScript, _ bool, args []string) {
	secrets, err := ts.Value(home{}).(*testenv.Home).Secrets()
	ts.Check(err)
	for _, name := range args {
		if leak := testenv.Leak(ts.ReadFile(name), secrets); leak != "" {
			ts.Fatalf("%s holds a secret (%s)", name, leak)
		}
	}
}

// registry VARIABLE: a registry behind Artifact Registry's token flow, which
// deployer may write, at the host in VARIABLE.
func registry(ts *testscript.TestScript, _ bool, args []string) {
	r := iamtest.NewRegistry(server(ts), iamtest.RegistryOptions{})
	r.AllowWriter(deployer)
	ts.Check(r.Start())
	ts.Setenv(args[0], r.Host)
}

// latency DURATION makes every call take so long.
func latency(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	server(ts).Fail(iamtest.Fault{Method: "*", Delay: d, Times: iamtest.Always})
}

// lifetime DURATION caps the life of access tokens.
func lifetime(ts *testscript.TestScript, _ bool, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	server(ts).SetAccessTokenLifetime(d)
}

// age DURATION HOST makes the token that is cached for docker's host older, as if so
// much time had passed since it was minted.
func age(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: age DURATION HOST")
	}
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	ts.Check(ts.Value(home{}).(*testenv.Home).Age(context.Background(), args[1], d))
}

// until COMMAND...: the command is run again and again until it succeeds.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: until COMMAND...")
	}
	ts.Check(testenv.Await(strings.Join(args, " "), func() bool { return ts.Exec(args[0], args[1:]...) == nil }))
}

// within DURATION COMMAND...: the command ends in that time; "! within" wants it
// to fail as well. Its output is for stdout and stderr.
func within(ts *testscript.TestScript, neg bool, args []string) {
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	start := time.Now()
	err = ts.Exec(args[1], args[2:]...)
	if d := time.Since(start); d > limit {
		ts.Fatalf("took %s, want at most %s", d, limit)
	}
	if (err != nil) != neg {
		ts.Fatalf("%v", err)
	}
}
