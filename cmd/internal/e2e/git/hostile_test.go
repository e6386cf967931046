package git

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// ask runs git-credential-iam itself, on a message that no git sends any more.
func (w *world) ask(t *testing.T, operation string, message io.Reader) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
	defer cancel()
	var out, log bytes.Buffer
	cmd := w.Command(ctx, w.Dir, nil, "git-credential-iam", operation)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = message, &out, &log
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), log.String(), cmd.ProcessState.ExitCode()
}

// anyWorld has the machine's own git: it is enough where the helper is asked directly.
func anyWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, git{})
	w.sections(t, map[string]section{"git.example.com": {"token": "access"}, "git.example.com:8443": {"token": "access"}})
	return w
}

// TestForgedMessages sends what git sent before it was fixed (the CVEs are git's,
// or another helper's), and what might slip through some day. No token, no call to
// Google, no word that a terminal could be tricked with.
func TestForgedMessages(t *testing.T) {
	const ours = "source.developers.google.com"
	w := anyWorld(t)
	for name, message := range map[string]string{
		"CVE-2020-5260, a second host":         "protocol=https\nhost=evil.test\nhost=" + ours + "\n",
		"CVE-2020-5260, ours first":            "protocol=https\nhost=" + ours + "\nhost=evil.test\n",
		"CVE-2020-11008, no host":              "protocol=https\n",
		"CVE-2020-11008, no host, a path":      "protocol=https\npath=" + ours + "\n",
		"CVE-2020-11008, no protocol":          "host=" + ours + "\n",
		"CVE-2020-11008, empty host":           "protocol=https\nhost=\n",
		"CVE-2020-11008, empty protocol":       "protocol=\nhost=" + ours + "\n",
		"CVE-2020-11008, nothing":              "",
		"2.41, a long header's remainder":      "protocol=https\nhost=evil.test\nwwwauth[]=" + strings.Repeat("x", 1014) + "host=" + ours + "\n",
		"CVE-2024-50349, an escape in a host":  "protocol=https\nhost=" + ours + "\x1b[2K\n",
		"CVE-2024-52006, CR ends a host":       "protocol=https\nhost=" + ours + "\r\nusername=x\n",
		"CVE-2024-52006, CR amid a host":       "protocol=https\nhost=evil.test\rhost=" + ours + "\n",
		"CVE-2024-50338, CR amid a user name":  "protocol=https\nhost=evil.test\nusername=a\rhost=" + ours + "\n",
		"CVE-2024-52006, CR amid our user":     "protocol=https\nhost=" + ours + "\nusername=a\rb\n",
		"CVE-2024-52006, CR amid a header":     "protocol=https\nhost=" + ours + "\nwwwauth[]=Basic\rhost=evil.test\n",
		"CVE-2025-23040, CR amid a path":       "protocol=https\nhost=" + ours + "\npath=a\rb\n",
		"CVE-2024-53263, a URL with LF":        "url=https://evil.test%0ahost=" + ours + "/r\n",
		"CVE-2024-53263, a URL with NUL":       "url=https://" + ours + "%00.evil.test/r\n",
		"CVE-2024-53263, a URL with CR":        "url=https://" + ours + "%0d/r\n",
		"CVE-2024-53858, a host of one's own":  "protocol=https\nhost=github.evil.test\n",
		"CVE-2025-48386, a host of 300 KB":     "protocol=https\nhost=" + strings.Repeat("a", 300_000) + ".googlesource.com\n",
		"CVE-2025-48386, a path of 1 MB":       "protocol=https\nhost=" + ours + "\npath=" + strings.Repeat("a", 1<<20) + "\n",
		"a prefix":                             "protocol=https\nhost=" + ours + ".evil.test\n",
		"a suffix without a dot":               "protocol=https\nhost=evilgooglesource.com\n",
		"a substring":                          "protocol=https\nhost=x." + ours + ".evil.test\n",
		"one label too many":                   "protocol=https\nhost=a.b.googlesource.com\n",
		"one label too few":                    "protocol=https\nhost=x.sourcemanager.dev\n",
		"a dot at the end":                     "protocol=https\nhost=" + ours + ".\n",
		"a dot in front":                       "protocol=https\nhost=.googlesource.com\n",
		"an empty label":                       "protocol=https\nhost=a..googlesource.com\n",
		"another port":                         "protocol=https\nhost=" + ours + ":8443\n",
		"a port that is none":                  "protocol=https\nhost=" + ours + ":443x\n",
		"two ports":                            "protocol=https\nhost=" + ours + ":443:443\n",
		"a port of our own, plain":             "protocol=http\nhost=git.example.com:8443\n",
		"plain http":                           "protocol=http\nhost=" + ours + "\n",
		"another scheme":                       "protocol=ftp\nhost=" + ours + "\n",
		"a scheme in capitals, forged":         "protocol=HTTP\nhost=" + ours + "\n",
		"a user in the host":                   "protocol=https\nhost=" + ours + "@evil.test\n",
		"ours as the user in the host":         "protocol=https\nhost=evil.test@" + ours + "\n",
		"a slash in the host":                  "protocol=https\nhost=" + ours + "/evil.test\n",
		"a backslash in the host":              "protocol=https\nhost=evil.test\\" + ours + "\n",
		"a query in the host":                  "protocol=https\nhost=" + ours + "?evil.test\n",
		"a fragment in the host":               "protocol=https\nhost=" + ours + "#evil.test\n",
		"an encoded host":                      "protocol=https\nhost=source%2edevelopers.google.com\n",
		"a space before the host":              "protocol=https\nhost= " + ours + "\n",
		"a space after the host":               "protocol=https\nhost=" + ours + " \n",
		"a wildcard":                           "protocol=https\nhost=*.googlesource.com\n",
		"a dotless i":                          "protocol=https\nhost=gıt.example.com\n",
		"a full-width dot":                     "protocol=https\nhost=source。developers.google.com\n",
		"a Cyrillic o":                         "protocol=https\nhost=sоurce.developers.google.com\n",
		"a key in capitals":                    "protocol=https\nHost=" + ours + "\n",
		"a key with a space":                   "protocol=https\nhost =" + ours + "\n",
		"NUL":                                  "protocol=https\nhost=" + ours + "\x00\n",
		"DEL":                                  "protocol=https\nhost=" + ours + "\x7f\n",
		"a line without =":                     "protocol=https\nhost=" + ours + "\ngarbage\n",
		"the host after the end":               "protocol=https\n\nhost=" + ours + "\n",
		"url= for a host that is not ours":     "url=https://evil.test/" + ours + "\n",
		"url= with ours as the user":           "url=https://" + ours + "@evil.test/r\n",
		"url= with ours as an encoded user":    "url=https://" + ours + "%2f@evil.test/r\n",
		"url= with ours before a query":        "url=https://evil.test?@" + ours + "/r\n",
		"url= with ours after a fragment":      "url=https://evil.test#@" + ours + "/r\n",
		"url= clears the host before it":       "protocol=https\nhost=" + ours + "\nurl=https://evil.test/\n",
		"url= without a scheme":                "url=" + ours + "/r\n",
		"url= without a host":                  "url=https:///r\n",
		"url= with a bad escape":               "url=https://" + ours + "%zz/r\n",
		"url= plain":                           "url=http://" + ours + "/r\n",
		"url= of another helper's making":      "url=cert:///etc/" + ours + "\n",
		"a state and a continue of nobody's":   "capability[]=state\nstate[]=iam:x\ncontinue=1\nprotocol=https\nhost=evil.test\n",
		"a token of an attacker's for ours":    "protocol=https\nhost=evil.test\nauthtype=Bearer\ncredential=x\n",
		"a challenge that names ours as realm": "protocol=https\nhost=evil.test\nwwwauth[]=Basic realm=\"https://" + ours + "/\"\n",
	} {
		for _, operation := range []string{"get", "store", "erase"} {
			out, log, code := w.ask(t, operation, strings.NewReader(message))
			if out != "" || log != "" || code != 0 {
				t.Errorf("%s: %s printed %d bytes, said %q and exited with %d", name, operation, len(out), log, code)
			}
		}
	}
	w.wantSilence(t)
}

// TestHarmlessMessages sends good messages in all their forms, with foreign text in
// them where it may be.
func TestHarmlessMessages(t *testing.T) {
	w := anyWorld(t)
	for name, message := range map[string]string{
		"as git 2.39 does":         "protocol=https\nhost=git.example.com\n",
		"as git 2.55 does":         "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=git.example.com\nwwwauth[]=Basic realm=\"x\"\n",
		"as the go command does":   "url=https://git.example.com/mod/\n",
		"as Git LFS does":          "capability[]=authtype\ncapability[]=state\npath=team/app\nhost=git.example.com\nprotocol=https\n",
		"CRLF":                     "protocol=https\r\nhost=git.example.com\r\n\r\n",
		"no line end":              "host=git.example.com\nprotocol=https",
		"the port that is implied": "protocol=https\nhost=git.example.com:443\n",
		"capitals":                 "protocol=https\nhost=GIT.Example.COM\n",
		"a port of its own":        "protocol=https\nhost=git.example.com:8443\n",
		"a long header":            "protocol=https\nhost=git.example.com\nwwwauth[]=" + strings.Repeat("x", 80_025) + "\x1b[2J\x07\xe9\n",
		"a thousand headers":       "protocol=https\nhost=git.example.com\n" + strings.Repeat("wwwauth[]=Basic\n", 1000),
		"a user name of any kind":  "protocol=https\nhost=git.example.com\nusername=\x1b]0;x\x07$(id)\n",
		"a future attribute":       "protocol=https\nhost=git.example.com\nfuture[]=a\nfuture=b=c\n",
		"what follows the end":     "protocol=https\nhost=git.example.com\n\nhost=evil.test\r\x00",
	} {
		out, log, code := w.ask(t, "get", strings.NewReader(message))
		want := fmt.Sprintf("username=%s\npassword=ya29.", deployer)
		if !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 3 || log != "" || code != 0 {
			t.Errorf("%s: %d bytes, %q, exit %d", name, len(out), log, code)
		}
	}
	w.wantCalls(t, 1, "generateAccessToken")
}

// slow is a message that never ends.
type slow struct{ left int64 }

func (s *slow) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), s.left))
	copy(p, bytes.Repeat([]byte("x"), n))
	s.left -= int64(n)
	return n, nil
}

// TestEndlessMessage sends more than anybody has memory for: the helper stops to
// read, and says nothing.
func TestEndlessMessage(t *testing.T) {
	w := anyWorld(t)
	message := io.MultiReader(strings.NewReader("protocol=https\nhost=git.example.com\nwwwauth[]="), &slow{left: 1 << 40})
	start := time.Now()
	out, log, code := w.ask(t, "get", message)
	if out != "" || log != "" || code != 0 {
		t.Errorf("%d bytes, %q, exit %d", len(out), log, code)
	}
	if d := time.Since(start); d > testenv.Patience {
		t.Errorf("took %s", d)
	}
	w.wantSilence(t)
}
