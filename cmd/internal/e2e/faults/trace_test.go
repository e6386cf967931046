//go:build linux

package faults

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
)

// traced is what the kernel saw of one request, from the start of the client
// program on.
type traced struct {
	// read, wrote and asked are the paths that were opened to read, opened to
	// write or made, and only looked at.
	read, wrote, asked []string
	// connected are the addresses, and ran the command lines, each with its
	// environment.
	connected []string
	ran       []string
}

// The calls that concern files, sockets and programs, as strace prints them.
var (
	openCall    = regexp.MustCompile(`\bopenat2?\((?:AT_FDCWD|\d+), "([^"]*)", ([A-Z_|]+)`)
	makeCall    = regexp.MustCompile(`\b(?:mkdir|mkdirat|rename|renameat2?|unlink|unlinkat|link|linkat|symlink|symlinkat|creat|truncate|chmod|fchmodat2?|utimensat)\((?:AT_FDCWD, )?"([^"]*)"`)
	lookCall    = regexp.MustCompile(`\b(?:stat|lstat|newfstatat|statx|access|faccessat2?|readlink|readlinkat)\((?:AT_FDCWD, |\d+, )?"([^"]+)"`)
	connectCall = regexp.MustCompile(`\b(?:connect|sendto)\(\d+, .*(\{sa_family=.*\})`)
	execCall    = regexp.MustCompile(`\bexecve\("([^"]*)", (\[.*)\)? *(?:=|<unfinished)`)
)

// trace runs a request under strace and reads what it did.
func trace(t *testing.T, m *machine.Machine, c machine.Client) (machine.Answer, traced) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace")
	tracer(t).wrap(m, file, "-f", "-v", "-s", "65536",
		"-e", "trace=%file,%net,execve,execveat")
	a := m.Ask(c, "get")
	m.Wrap = nil
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	var tr traced
	for lines.Scan() {
		line := lines.Text()
		if len(tr.ran) == 0 && !strings.Contains(line, `execve("`+filepath.Join(m.Bin, string(c))+`"`) {
			continue // what became the machine's user
		}
		tr.add(line)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(tr.ran) == 0 {
		t.Fatal("the trace does not show the client")
	}
	return a, tr
}

// add sorts one line of the trace.
func (tr *traced) add(line string) {
	if f := openCall.FindStringSubmatch(line); f != nil {
		if strings.Contains(f[2], "O_WRONLY") || strings.Contains(f[2], "O_RDWR") || strings.Contains(f[2], "O_CREAT") {
			tr.wrote = append(tr.wrote, f[1])
		} else {
			tr.read = append(tr.read, f[1])
		}
	} else if f := makeCall.FindStringSubmatch(line); f != nil {
		tr.wrote = append(tr.wrote, f[1])
	} else if f := connectCall.FindStringSubmatch(line); f != nil {
		tr.connected = append(tr.connected, f[1])
	} else if f := execCall.FindStringSubmatch(line); f != nil {
		tr.ran = append(tr.ran, f[1]+" "+f[2])
	} else if f := lookCall.FindStringSubmatch(line); f != nil {
		tr.asked = append(tr.asked, f[1])
	}
}

// wantOnly checks that every path is one of those wanted; an asterisk at the end
// stands for the rest of it.
func wantOnly(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	for _, path := range got {
		if !slices.ContainsFunc(want, func(w string) bool {
			before, all := strings.CutSuffix(w, "*")
			return path == w || all && strings.HasPrefix(path, before)
		}) {
			t.Errorf("%s %q", what, path)
		}
	}
}

// what Go's runtime reads of the machine when any program starts.
func runtimeFiles() []string {
	return []string{"/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "/sys/fs/cgroup*", "/proc/self/*", "/etc/localtime", "/usr/share/zoneinfo*"}
}

// configuration are the files that decide a request: docker's configuration, the
// machine's, gcloud's active one, and the source identity.
func configuration(m *machine.Machine) []string {
	gcloud := filepath.Dir(m.ADC())
	return []string{
		filepath.Join(m.Dir, ".docker", "config.json"), m.ADC(), "/etc/credential-iam/config.json",
		filepath.Join(gcloud, "active_config"), filepath.Join(gcloud, "configurations", "config_default"),
	}
}

// TestTraceHit: with a token in the kernel's keyring a client reads its
// configuration, and that is all: it writes nothing, connects to nobody and starts nothing.
func TestTraceHit(t *testing.T) {
	t.Parallel()
	for _, c := range clients() {
		t.Run(string(c), func(t *testing.T) {
			t.Parallel()
			m := tracedMachine(t)
			first := m.Ask(c, "get")
			wantToken(t, m, first)
			a, tr := trace(t, m, c)
			wantToken(t, m, a)
			if a.Token() != first.Token() {
				t.Error("not the token at hand")
			}
			config, source := filepath.Join(m.Dir, ".docker", "config.json"), m.ADC()
			wantOnly(t, "reads", tr.read, append(runtimeFiles(), configuration(m)...)...)
			if !slices.Contains(tr.read, config) || !slices.Contains(tr.read, source) {
				t.Errorf("the trace misses what must have been read: %q", tr.read)
			}
			wantOnly(t, "writes", tr.wrote)
			wantOnly(t, "connects to", tr.connected)
			wantOnly(t, "looks at", tr.asked, append(runtimeFiles(), m.Dir+"/*", m.Run+"*", m.LockDir(),
				"/.dockerenv", "/run/.containerenv", "/dev/null")...)
			if len(tr.ran) != 1 {
				t.Errorf("runs %q", tr.ran[1:])
			}
		})
	}
}

// TestTraceMiss: a miss starts the core and nothing else, which connects to the
// servers of the source and of the API and to nobody else; files are written for
// locks only, and no secret is in an argument or in an environment.
func TestTraceMiss(t *testing.T) {
	t.Parallel()
	for _, c := range clients() {
		t.Run(string(c), func(t *testing.T) {
			t.Parallel()
			m := tracedMachine(t)
			a, tr := trace(t, m, c)
			wantToken(t, m, a)
			if len(tr.ran) != 2 || !strings.HasPrefix(tr.ran[1], filepath.Join(m.Bin, machine.Core)+" ") {
				t.Errorf("runs %q", tr.ran[1:])
			}
			secrets := m.Secrets(a.Token())
			for _, ran := range tr.ran {
				if s := testenv.Leak(ran, secrets); s != "" {
					t.Errorf("a secret (%s) is in the arguments or the environment of %.80s", s, ran)
				}
			}
			u, err := url.Parse(m.IAM.URL)
			if err != nil {
				t.Fatal(err)
			}
			server := fmt.Sprintf(`{sa_family=AF_INET, sin_port=htons(%s), sin_addr=inet_addr("127.0.0.1")}`, u.Port())
			wantOnly(t, "connects to", tr.connected, server)
			if !slices.Contains(tr.connected, server) {
				t.Errorf("the trace misses the connection: %q", tr.connected)
			}
			wantOnly(t, "writes", tr.wrote, filepath.Join(m.Run, "credential-iam")+"*", "/dev/null")
			wantOnly(t, "reads", tr.read, append(append(runtimeFiles(), configuration(m)...),
				m.Bin+"/*", "/", "/etc/ssl/*", "/etc/pki/*", "/dev/null", "/dev/fd", "/dev/fd/")...)
		})
	}
}

// tracedMachine is a machine with a kernel keyring of its own.
func tracedMachine(t *testing.T) *machine.Machine {
	t.Helper()
	tracer(t)
	return newMachine(t, machine.Options{Keystore: "kernel"})
}
