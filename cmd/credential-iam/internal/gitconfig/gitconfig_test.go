package gitconfig

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// realGit returns the machine's git with an empty home, and the path of its
// global file.
func realGit(t *testing.T) (Git, string) {
	t.Helper()
	path, err := exec.LookPath("git")
	if err != nil {
		t.Skip("there is no git")
	}
	home := t.TempDir()
	g := Git{Program: path, Environ: []string{"HOME=" + home, "GIT_CONFIG_NOSYSTEM=1", "PATH=" + os.Getenv("PATH")}}
	return g, filepath.Join(home, ".gitconfig")
}

func entries(t *testing.T, g Git, file string) []Entry {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		return nil
	}
	all, err := g.ListGlobal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// carry carries a plan out in the file, with git's consent before and after.
func carry(t *testing.T, g Git, file string, plan *Plan) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	text, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !text.Agrees(entries(t, g, file)) {
		t.Fatalf("git reads otherwise:\n%s", raw)
	}
	if err := os.WriteFile(file, plan.Edit(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := g.Check(t.Context(), file, plan.Steps()); err != nil {
		t.Fatal(err)
	}
}

func TestConfigureAndBack(t *testing.T) {
	const url = "https://git.example.com/team"
	for _, c := range []struct{ name, before string }{
		{"nothing", ""},
		{"a person's", "# mine\n[user]\n\tname = N\n[credential]\n\thelper = store\n"},
		{"no final newline", "[user]\n\tname = N"},
		{"spaces and crlf", "[user]\r\n    name = N\r\n"},
		{"another host", "[credential \"https://other.example.com\"]\n\thelper = gcloud.sh\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, file := realGit(t)
			if err := os.WriteFile(file, []byte(c.before), 0o600); err != nil {
				t.Fatal(err)
			}
			target := []Target{{URL: url, Bearer: true, Proactive: true}}
			plan := Configure(entries(t, g, file), target, "iam", false)
			carry(t, g, file, plan)
			all := entries(t, g, file)
			if got := Helpers(all, url+"/repo.git"); !cmp.Equal(got, []string{"iam"}) {
				t.Errorf("git would ask %q", got)
			}
			for section, names := range map[string]map[string]string{
				"credential": {"usehttppath": "true"},
				"http":       {"proactiveauth": "auto", "postbuffer": "524288000"},
			} {
				for name, want := range names {
					got, err := g.Run(context.Background(), "", "config", "--file", file, "--get-urlmatch", section+"."+name, url+"/repo")
					if strings.TrimSpace(string(got)) != want || err != nil {
						t.Errorf("%s.%s is %q, %v, want %q", section, name, got, err, want)
					}
				}
			}
			if again := Configure(all, target, "iam", false); len(again.Steps()) > 0 {
				t.Errorf("a second run would do %v", again.Steps())
			}
			back := Unconfigure(all, func(string) bool { return true })
			carry(t, g, file, back)
			got, _ := os.ReadFile(file)
			want := c.before
			if want != "" && !strings.HasSuffix(want, "\n") {
				want += "\n" // git ends the last line before it appends
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("not as before:\n%s", diff)
			}
			if left := Unconfigure(entries(t, g, file), func(string) bool { return true }); len(left.Steps()) > 0 {
				t.Errorf("a second unconfigure would do %v", left.Steps())
			}
		})
	}
}

// TestGitAgrees asks git itself which helpers it runs, and with what path: the
// helper is a program that writes down what it is given.
func TestGitAgrees(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins are shell scripts")
	}
	g, file := realGit(t)
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	for _, name := range []string{"git-credential-iam", "git-credential-keep"} {
		script := "#!/bin/sh\n{ echo " + name + " $1; cat; } >>" + log + "\n"
		if name == "git-credential-iam" {
			script += "[ $1 = get ] && printf 'username=u\\npassword=p\\n'\nexit 0\n"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	g.Environ = append(g.Environ, "GIT_TERMINAL_PROMPT=0")
	for i, v := range g.Environ {
		if strings.HasPrefix(v, "PATH=") {
			g.Environ[i] = "PATH=" + dir + string(filepath.ListSeparator) + strings.TrimPrefix(v, "PATH=")
		}
	}
	if err := os.WriteFile(file, []byte("[credential]\n\thelper = keep\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plan := Configure(entries(t, g, file), []Target{{URL: "https://git.example.com/team"}}, "iam", false)
	carry(t, g, file, plan)
	for _, op := range []string{"fill", "approve"} {
		cmd := exec.Command(g.Program, "credential", op)
		cmd.Env = g.Environ
		cmd.Stdin = strings.NewReader("protocol=https\nhost=git.example.com\npath=team/repo.git\nusername=u\npassword=p\n\n")
		if op == "fill" {
			cmd.Stdin = strings.NewReader("protocol=https\nhost=git.example.com\npath=team/repo.git\n\n")
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git credential %s: %v\n%s", op, err, out)
		}
	}
	got, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(got), "git-credential-keep") {
		t.Errorf("the storing helper was asked or told:\n%s", got)
	}
	if !strings.Contains(string(got), "git-credential-iam get") || !strings.Contains(string(got), "path=team/repo.git") {
		t.Errorf("our helper was not asked for the path:\n%s", got)
	}
}

func TestConflicts(t *testing.T) {
	const url = "https://git.example.com"
	for _, spelled := range []string{url, url + "/", "https://GIT.example.com:443"} {
		all := []Entry{{Section: "credential", Name: "helper", URL: spelled, Value: "!f() { echo password=geheim; }; f"}}
		p := Configure(all, []Target{{URL: url}}, "iam", false)
		if len(p.Conflicts) != 1 || len(p.Steps()) != 0 || strings.Contains(p.Conflicts[0].Helper, "geheim") {
			t.Errorf("%s: got %+v", spelled, p)
		}
		p = Configure(all, []Target{{URL: url}}, "iam", true)
		if len(p.Steps()) == 0 {
			t.Errorf("%s: --force changes nothing", spelled)
		}
	}
	// A helper for another path, or for all hosts, is none for this URL.
	all := []Entry{{Section: "credential", Name: "helper", URL: "", Value: "store"}, {Section: "credential", Name: "helper", URL: url + "/x", Value: "cache"}}
	if p := Configure(all, []Target{{URL: url}}, "iam", false); len(p.Conflicts) != 0 {
		t.Errorf("got %+v", p.Conflicts)
	}
}

func TestForceWithRealGit(t *testing.T) {
	g, file := realGit(t)
	before := "[credential \"https://git.example.com/\"]\n\thelper = manager\n[credential]\n\thelper = store\n"
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	target := []Target{{URL: "https://git.example.com"}}
	plan := Configure(entries(t, g, file), target, "iam", true)
	carry(t, g, file, plan)
	all := entries(t, g, file)
	if got := Helpers(all, "https://git.example.com/r"); !cmp.Equal(got, []string{"iam"}) {
		t.Errorf("git would ask %q", got)
	}
	if again := Configure(all, target, "iam", false); len(again.Steps())+len(again.Conflicts) > 0 {
		t.Errorf("a second run, without force: %+v", again)
	}
	if got := Helpers(all, "https://other.example.com"); !cmp.Equal(got, []string{"store"}) {
		t.Errorf("for another host git would ask %q", got)
	}
}

// TestComesLast has entries after those of git-credential-iam that would take from
// it what they do. Git itself says whether they still do.
func TestComesLast(t *testing.T) {
	const url = "https://git.example.com/team"
	const ours = "[credential \"" + url + "\"]\n\thelper =\n\thelper = iam\n\tuseHttpPath = true\n"
	for _, c := range []struct{ name, before, included string }{
		{"a storing helper", ours + "[credential]\n\thelper = store\n", ""},
		{"the list forgotten", ours + "[credential]\n\thelper =\n", ""},
		{"the list forgotten, another added", ours + "[credential \"https://*.example.com\"]\n\thelper =\n\thelper = cache\n", ""},
		{"a storing helper in an included file", ours + "[include]\n\tpath = ~/more\n", "[credential]\n\thelper = store\n"},
		{"the list forgotten in an included file", ours + "[include]\n\tpath = ~/more\n", "[credential]\n\thelper =\n"},
		{"an included file before", "[include]\n\tpath = ~/more\n" + ours, "[credential]\n\thelper = store\n"},
		{"configured in an included file", "[include]\n\tpath = ~/more\n[credential]\n\thelper =\n", ours},
		{"no paths", ours + "[credential]\n\tuseHttpPath = false\n", ""},
		{"no paths, in an included file", ours + "[include]\n\tpath = ~/more\n", "[credential \"https://git.example.com\"]\n\tuseHttpPath = off\n"},
		{"no paths, before", "[credential]\n\tuseHttpPath = false\n" + ours, ""},
		{"no paths, between", strings.Replace(ours, "\tuseHttpPath = true\n", "", 1) + "[credential]\n\tuseHttpPath = no\n", ""},
		{"paths in other words", strings.Replace(ours, "true", "yes", 1), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachGit(t, func(t *testing.T, g Git, file string) {
				if c.included != "" {
					if err := os.WriteFile(filepath.Join(filepath.Dir(file), "more"), []byte(c.included), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.WriteFile(file, []byte(c.before), 0o600); err != nil {
					t.Fatal(err)
				}
				target := []Target{{URL: url}}
				plan := Configure(entries(t, g, file), target, "iam", false)
				carry(t, g, file, plan)
				all, err := g.List(t.Context(), "")
				if err != nil {
					t.Fatal(err)
				}
				a, err := g.Ask(t.Context(), all, url+"/r")
				if err != nil || len(a.Helpers) != 1 || a.Helpers[0].Value != "iam" || !a.Path {
					t.Errorf("git runs %v, path %v, %v", a.Helpers, a.Path, err)
				}
				if again := Configure(entries(t, g, file), target, "iam", false); len(again.Steps()) > 0 {
					t.Errorf("a second run would do %v", again.Steps())
				}
			})
		})
	}
}

func TestUnconfigureKeepsOthers(t *testing.T) {
	const url = "https://git.example.com"
	all := []Entry{
		{Section: "credential", Name: "helper", URL: url, Value: ""}, {Section: "credential", Name: "helper", URL: url, Value: "/opt/bin/git-credential-iam"},
		{Section: "credential", Name: "helper", URL: url, Value: "cache"},
		{Section: "http", Name: "proactiveauth", URL: url, Value: "basic"}, {Section: "http", Name: "postbuffer", URL: url, Value: "524288000"},
		{Section: "credential", Name: "helper", URL: "https://else.example.com", Value: "store"},
	}
	got := Unconfigure(all, func(string) bool { return true }).Steps()
	want := []Step{
		{Key: "http." + url + ".postBuffer", Old: []string{"524288000"}},
		{Key: "credential." + url + ".helper", Old: []string{"", "/opt/bin/git-credential-iam", "cache"}, New: []string{"cache"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := Unconfigure(all, func(string) bool { return false }).Steps(); got != nil {
		t.Errorf("an unnamed URL was touched: %v", got)
	}
}

func TestKeepsPersonsHTTP(t *testing.T) {
	const url = "https://git.example.com"
	all := []Entry{{Section: "http", Name: "postbuffer", URL: url, Value: "1g"}, {Section: "http", Name: "proactiveauth", URL: url, Value: "none"}}
	target := []Target{{URL: url, Bearer: true, Proactive: true}}
	p := Configure(all, target, "iam", false)
	if len(p.Steps()) != 1 || len(p.Notes) != 1 {
		t.Errorf("got %+v", p)
	}
	p = Configure(all, target, "iam", true)
	if len(p.Steps()) != 2 || p.Steps()[1].Key != "http."+url+".proactiveAuth" {
		t.Errorf("with force: %+v", p)
	}
}

func TestOurs(t *testing.T) {
	for value, want := range map[string]bool{
		"iam": true, "/usr/local/bin/git-credential-iam": true, `C:/Program\ Files/iam/git-credential-iam.exe`: true,
		`!"/opt/a b/git-credential-iam"`: true, `/opt/a\ b/git-credential-iam`: true,
		"": false, "store": false, "iam2": false, "git-credential-iam": false, "/bin/git-credential-iam-other": false,
		"!git-credential-iam": false,
	} {
		if got := Ours(value); got != want {
			t.Errorf("Ours(%q) = %v", value, got)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, url string
		want         bool
	}{
		{"https://h.io", "https://h.io/a/b", true},
		{"https://h.io", "http://h.io", false},
		{"https://H.io:443/", "https://h.io", true},
		{"https://h.io:8443", "https://h.io", false},
		{"https://h.io/a", "https://h.io/a/b", true},
		{"https://h.io/a", "https://h.io/ab", false},
		{"https://*.h.io", "https://x.h.io", true},
		{"https://*.h.io", "https://x.y.h.io", false},
		{"https://*.h.io", "https://h.io", false},
		{"https://u@h.io", "https://h.io", false},
		{"h.io", "https://h.io/a", true},
		{"https://h.io", "https://h.io.evil.com", false},
	} {
		if got := Matches(c.pattern, c.url); got != c.want {
			t.Errorf("Matches(%q, %q) = %v", c.pattern, c.url, got)
		}
	}
}

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]Version{
		"git version 2.39.5\n":               {2, 39},
		"git version 2.45.1.windows.1":       {2, 45},
		"git version 2.39.5 (Apple Git-154)": {2, 39},
		"git version 2.55.0-rc1":             {2, 55},
		"git version 3.0":                    {3, 0},
	} {
		if got, err := parseVersion(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "git", "git version", "git version two.three", "hub version 2.1"} {
		if got, err := parseVersion(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
	if !(Version{2, 45}).Less(ProactiveAuth) || (Version{2, 46}).Less(ProactiveAuth) || (Version{3, 0}).Less(ProactiveAuth) {
		t.Error("versions are in the wrong order")
	}
}

func TestRedacted(t *testing.T) {
	const text = "# token geheim \\\n[http]\n\textraHeader = Authorization: Bearer geheim\n\tproxy = http://u:geheim@p \\\n  geheim\n" +
		"[url \"https://u:geheim@h/\"]\n\tinsteadOf = geheim\n[credential \"https://h.io\"]\n\thelper = mine --token=glpat-aBcDeFgHiJkLmNoPqRsTgeheim\n\thelper = !echo geheim\n\thelper = iam\n\tuseHttpPath = true\n[a] b = geheim\n" +
		"[filter \"lfs\"]\n\trequired = true\n\tclean = git-lfs clean -- %f\n\tsmudge = geheim\n[alias]\n\tst = geheim\n[user]\n\tname = ghp_16C7e42F292c6912E7710c838347Ae178B4ageheim\n\tname = Jo\n\temail = jo@x # geheim\n[sendemail]\n\tsmtpPass = 123456\n"
	got := string(Redacted([]byte(text)))
	if strings.Contains(got, "geheim") {
		t.Errorf("a secret is shown:\n%s", got)
	}
	for _, want := range []string{"helper = iam", "useHttpPath = true", `[credential "https://h.io"]`, "required = true", "clean = git-lfs clean -- %f", "name = Jo", "smtpPass = REDACTED"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing:\n%s", want, got)
		}
	}
	if strings.Count(got, "\n") != strings.Count(text, "\n") {
		t.Error("lines were lost")
	}
	g, file := realGit(t)
	if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
		t.Fatal(err)
	}
	entries(t, g, file)
}

func TestGlobalPath(t *testing.T) {
	home := t.TempDir()
	none := func(string) string { return "" }
	if got, want := GlobalPath(none, home), filepath.Join(home, ".gitconfig"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	xdg := filepath.Join(home, ".config", "git", "config")
	if err := os.MkdirAll(filepath.Dir(xdg), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(xdg, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := GlobalPath(none, home); got != xdg {
		t.Errorf("got %s, want %s", got, xdg)
	}
	set := func(name string) string {
		if name == "GIT_CONFIG_GLOBAL" {
			return "/x/y"
		}
		return ""
	}
	if got := GlobalPath(set, home); got != "/x/y" {
		t.Errorf("got %s", got)
	}
}

// TestHostTellsPaths: where a host and one of its repositories have accounts, git must
// tell the path for every spelling of the repository, also for one that its pattern
// does not match.
func TestHostTellsPaths(t *testing.T) {
	const host, repository = "https://git.example.com", "https://git.example.com/p/app"
	for _, order := range [][][]Target{
		{{{URL: host}}, {{URL: repository}}},
		{{{URL: repository}}, {{URL: host, Paths: true}}}, // configure knows the sections
		{{{URL: repository}, {URL: host}}},
	} {
		g, file := realGit(t)
		for _, targets := range order {
			carry(t, g, file, Configure(entries(t, g, file), targets, "iam", false))
		}
		for _, path := range []string{"p/app", "p//app.git", "a/p/app", "p/app.git/info/lfs"} {
			cmd := exec.Command(g.Program, "config", "--get-urlmatch", "credential.useHttpPath", host+"/"+path)
			cmd.Env = g.Environ
			out, err := cmd.Output()
			if err != nil || strings.TrimSpace(string(out)) != "true" {
				t.Errorf("%v: %s: useHttpPath is %q, %v", order, path, out, err)
			}
		}
		carry(t, g, file, Unconfigure(entries(t, g, file), func(string) bool { return true }))
		if b, err := os.ReadFile(file); err == nil && strings.Contains(string(b), "example.com") {
			t.Errorf("%v: left:\n%s", order, b)
		}
	}
	g, file := realGit(t) // a host of another helper is left alone
	if err := os.WriteFile(file, []byte("[credential \"https://git.example.com\"]\n\thelper = store\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range Configure(entries(t, g, file), []Target{{URL: repository}}, "iam", false).Steps() {
		if !strings.Contains(s.Key, "/p/app") {
			t.Errorf("%s is changed", s.Key)
		}
	}
}
