package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/keystore"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("x", 80_025)
	for _, c := range []struct {
		name, in string
		want     request
	}{
		{"git 2.39", "protocol=https\nhost=h\n", request{protocol: "https", host: "h"}},
		{
			"git 2.55", "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=h:8443\nwwwauth[]=Bearer realm=\"x\"\nwwwauth[]=Basic\n",
			request{protocol: "https", host: "h:8443", capabilities: []string{"authtype", "state"}},
		},
		{"a path that git decoded", "protocol=https\nhost=h\npath=team%2Fapp/100%\n", request{protocol: "https", host: "h", path: "team%252Fapp/100%"}},
		{"any order", "host=h\npath=a/b\nprotocol=https\n", request{protocol: "https", host: "h", path: "a/b"}},
		{"no final newline", "protocol=https\nhost=h", request{protocol: "https", host: "h"}},
		{"CRLF throughout", "protocol=https\r\nhost=h\r\n\r\n", request{protocol: "https", host: "h"}},
		{"stops at an empty line", "protocol=https\nhost=h\n\nhost=evil\n", request{protocol: "https", host: "h"}},
		{"unknown keys", "x=y\nprotocol=https\nhost=h\nz[]=1\n", request{protocol: "https", host: "h"}},
		{"the same twice", "protocol=https\nhost=h\nhost=h\n", request{protocol: "https", host: "h"}},
		{"value with =", "protocol=https\nhost=h\npassword=a=b=\n", request{protocol: "https", host: "h", password: "a=b="}},
		{"array reset", "capability[]=authtype\ncapability[]=\ncapability[]=state\n", request{capabilities: []string{"state"}}},
		{"long header", "wwwauth[]=" + long + "host=evil\nprotocol=https\nhost=h\n", request{protocol: "https", host: "h"}},
		{"header with control bytes", "wwwauth[]=a\x1b[2J\x07\xe9\nprotocol=https\nhost=h\n", request{protocol: "https", host: "h"}},
		{"user name is left out", "protocol=https\nhost=h\nusername=root\n", request{protocol: "https", host: "h"}},
		{"url", "url=https://u:p@h:8443/a%20b/c.git\n", request{protocol: "https", host: "h:8443", path: "a b/c.git"}},
		{"url clears", "capability[]=authtype\nhost=evil\nurl=https://h\n", request{protocol: "https", host: "h"}},
		{"credential", "authtype=Bearer\ncredential=tok\nprotocol=https\nhost=h\n", request{protocol: "https", host: "h", authtype: "Bearer", credential: "tok"}},
		{"half", "protocol=https\n", request{protocol: "https"}},
		{"empty", "", request{}},
	} {
		got, err := parse([]byte(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(c.want, got, cmp.AllowUnexported(request{})); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	for name, in := range map[string]string{
		"CVE-2020-5260, host twice":  "protocol=https\nhost=evil.com\nhost=source.developers.google.com\n",
		"protocol twice":             "protocol=http\nhost=h\nprotocol=https\n",
		"CVE-2024-52006, CR in host": "protocol=https\nhost=h\rx\n",
		"CR at the end of one line":  "protocol=https\nhost=h\r\n",
		"NUL":                        "protocol=https\nhost=h\x00.evil\n",
		"NUL in a header":            "protocol=https\nhost=h\nwwwauth[]=a\x00b\n",
		"escape in host":             "protocol=https\nhost=h\x1b[0m\n",
		"tab in path":                "protocol=https\nhost=h\npath=a\tb\n",
		"line without =":             "protocol=https\nhost=h\ngarbage\n",
		"line without key":           "protocol=https\n=h\n",
		"url with a line break":      "url=https://h%0ahost=x/\n",
		"url with CR":                "url=https://h%0d/\n",
		"url without scheme":         "url=h/x\n",
		"url with a query as host":   "url=https://evil.com?h/\n",
	} {
		if got, err := parse([]byte(in)); err == nil {
			t.Errorf("%s: got %+v, want a refusal", name, got)
		}
	}
}

func TestReadRequestIsBounded(t *testing.T) {
	head := "protocol=https\nhost=h\n"
	if _, err := readRequest(strings.NewReader(head + "wwwauth[]=" + strings.Repeat("x", maxMessage-len(head)-11) + "\n")); err != nil {
		t.Errorf("a message of a MiB: %v", err)
	}
	if _, err := readRequest(strings.NewReader(head + strings.Repeat("x=y\n", maxMessage/4))); err == nil {
		t.Error("more than a MiB was read")
	}
}

// One line may be as long as the message, and no longer: it is not collected first.
func TestOneLineIsBounded(t *testing.T) {
	in := strings.NewReader("protocol=https\nwwwauth[]=" + strings.Repeat("x", 8*maxMessage))
	if _, err := readRequest(in); err == nil {
		t.Error("more than a MiB was taken")
	}
	if read := int(in.Size()) - in.Len(); read > maxMessage+64<<10 {
		t.Errorf("%d bytes were read", read)
	}
}

// A message ends at its empty line, though the caller keeps the pipe open; a line
// as long as a buffer is not its end.
func TestReadRequestEndsAtTheEmptyLine(t *testing.T) {
	in, out := io.Pipe()
	defer in.Close()
	go func() {
		_, _ = io.WriteString(out, "protocol=https\nwwwauth[]="+strings.Repeat("x", 4096-len("wwwauth[]="))+"\nhost=gcr.io\n\n")
	}()
	r, err := readRequest(in)
	if err != nil || r.protocol != "https" || r.host != "gcr.io" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// FuzzParse holds the reader to its rules: no control byte in what decides the
// credential, and every value taken from a line of its own.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"protocol=https\nhost=h\n", "url=https://a@b/c\n", "host=a\r\n", "capability[]=x\ncapability[]=\n", "a", "=", "host=\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parse(b)
		if err != nil {
			return
		}
		for _, v := range []string{r.protocol, r.host, r.path} {
			if !keystore.Clean(v) {
				t.Fatalf("%q gave %q", b, v)
			}
		}
		if r.host != "" && !bytes.Contains(b, []byte("url=")) && !bytes.Contains(b, []byte("host="+r.host)) {
			t.Fatalf("%q gave the host %q", b, r.host)
		}
	})
}
