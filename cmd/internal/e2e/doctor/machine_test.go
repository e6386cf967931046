package doctor

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(asGcloud); url != "" {
		if err := gcloud(url, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if runtime.GOOS == "windows" {
		fmt.Println("fixes are run by a POSIX shell, on Unix only")
		os.Exit(0)
	}
	envtest.Main(m)
}

// finding is one of doctor's.
type finding struct{ Name, Result, Detail, Fix string }

// machine is a person's, on which all is well until a test breaks it.
type machine struct {
	*envtest.Home
	google *iamtest.Server
	// dir is the folder that the person is in.
	dir string
	// types is what the person types when a command asks.
	types string
	// vars are put into whatever a test writes, as $NAME.
	vars map[string]string
}

func newMachine(t *testing.T, path ...string) *machine {
	t.Helper()
	s := envtest.Google(t, iamtest.Options{TLS: true}, testenv.Deployer, testenv.Auditor)
	h := envtest.New(t, testenv.Options{Path: append([]string{envtest.Programs(t)}, path...), CA: envtest.CA(t, s)})
	h.Keystore(t, "tmpfs")
	h.SignIn(t, s.UserADC(testenv.Person))
	h.GitPerson(t)
	return &machine{Home: h, google: s, dir: h.Dir, vars: map[string]string{
		"HOME": h.Dir, "IAM": s.Endpoint(), "DEPLOYER": testenv.Deployer,
		"SECTION": `"serviceAccount":"` + testenv.Deployer + `","endpoint":"` + s.Endpoint() + `","keystore":"tmpfs"`,
	}}
}

// expand puts the variables into a text.
func (m *machine) expand(text string) string {
	return os.Expand(text, func(name string) string {
		if v, ok := m.vars[name]; ok {
			return v
		}
		return "$" + name
	})
}

// write writes a file below the home folder.
func (m *machine) write(t *testing.T, name, text string) {
	t.Helper()
	m.Write(t, name, []byte(m.expand(text)))
}

// addGit adds to git's global configuration.
func (m *machine) addGit(t *testing.T, text string) {
	t.Helper()
	b, err := os.ReadFile(m.Path(".gitconfig"))
	envtest.Check(t, err)
	m.write(t, ".gitconfig", string(b)+text)
}

// doctor runs doctor, after commands in the same shell where there are any.
func (m *machine) doctor(t *testing.T, commands string, args ...string) []finding {
	t.Helper()
	report := filepath.Join(m.Temp, "report")
	if commands != "" && m.types != "" {
		commands = "{ " + commands + "; } <" + filepath.Join(m.Temp, "typed")
		envtest.Check(t, os.WriteFile(filepath.Join(m.Temp, "typed"), []byte(m.types), 0o600))
	}
	line := commands + "\nexec credential-iam doctor --json " + strings.Join(args, " ") + " >" + report
	out, _ := m.Try(m.dir, nil, "sh", "-c", line)
	b, err := os.ReadFile(report)
	envtest.Check(t, err)
	var r struct{ Checks []finding }
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatalf("doctor: %v\n%s\n%s", err, out, b)
	}
	if said := testenv.Leak(string(b), testenv.Marks); said != "" {
		t.Errorf("doctor prints a secret: %s...", said)
	}
	return r.Checks
}

// find returns the finding of a name, and whether there is one.
func find(all []finding, name string) (finding, bool) {
	for _, f := range all {
		if f.Name == name {
			return f, true
		}
	}
	return finding{}, false
}

// broken is one thing that is wrong with a machine.
type broken struct {
	name string
	// config is docker's file; "" is one that is well.
	config string
	// files are other files below the home folder, git what is added to git's.
	files map[string]string
	git   string
	// spoil does what no file says.
	spoil func(t *testing.T, m *machine)
	// editor is a script that does what a person does in an editor, with the file.
	editor string
	// args are doctor's.
	args []string
	// check and result are what doctor says; fix is a part of the command.
	check, result, fix string
	// before and after look at what programs do.
	before, after func(t *testing.T, m *machine)
}

// whatToEdit is in the finding whose fix is an editor: which line it is, or what is to be
// written or removed.
func whatToEdit() *regexp.Regexp {
	return regexp.MustCompile(`line \d|write "|written "|: remove |: set plugins|did you mean|write another|: name an`)
}

// edit begins an editor: edit SCRIPT FILE does what "sed -i" does where that is GNU's.
const edit = "#!/bin/sh\nedit() { sed \"$1\" \"$2\" >\"$2.new\" && cat \"$2.new\" >\"$2\" && rm \"$2.new\"; }\n"

const well = `{"credHelpers":{"europe-docker.pkg.dev":"iam"},"plugins":{"iam":{$SECTION}}}`

// run breaks the machine, and fixes it as doctor says.
func (b broken) run(t *testing.T, m *machine) {
	t.Helper()
	if b.config == "" {
		b.config = well
	}
	m.write(t, ".docker/config.json", b.config)
	for name, text := range b.files {
		m.write(t, name, text)
	}
	m.addGit(t, b.git)
	if b.editor != "" {
		m.write(t, "editor", edit+b.editor+"\n")
		envtest.Check(t, os.Chmod(m.Path("editor"), 0o700))
		m.Env["EDITOR"] = m.Path("editor")
	}
	if b.spoil != nil {
		b.spoil(t, m)
	}
	if b.before != nil {
		b.before(t, m)
	}
	check := m.expand(b.check)
	all := m.doctor(t, "", b.args...)
	f, ok := find(all, check)
	if !ok || f.Result != b.result {
		t.Fatalf("want %s %s, got %+v of %+v", b.result, check, f, all)
	}
	if f.Fix == "" || !strings.Contains(f.Fix, m.expand(b.fix)) {
		t.Fatalf("%s: fix %q, want %q in it", f.Detail, f.Fix, m.expand(b.fix))
	}
	if strings.Contains(f.Fix, "EDITOR") && !whatToEdit().MatchString(f.Detail) {
		t.Errorf("%s\n%s\nsays not what to change there", f.Detail, f.Fix)
	}
	fixed := m.doctor(t, f.Fix, b.args...)
	if now, ok := find(fixed, check); ok && now.Result != "ok" {
		t.Errorf("%s\n%s\nfixes nothing: %+v", f.Detail, f.Fix, now)
	}
	for _, now := range fixed { // a fix that breaks something else is none
		if was, ok := find(all, now.Name); now.Result == "error" && (!ok || was.Result != "error") {
			t.Errorf("%s\nbreaks %+v", f.Fix, now)
		}
	}
	if b.after != nil {
		b.after(t, m)
	}
}
