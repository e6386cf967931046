package main

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

func TestRequest(t *testing.T) {
	const name = "europe-docker.pkg.dev"
	for in, want := range map[string]helper.Request{
		name:                              {Host: name},
		name + ":443":                     {Host: name},
		name + "/":                        {Host: name},
		"https://" + name:                 {Host: name},
		"HTTPS://" + name:                 {Host: name},
		"https://" + name + "/":           {Host: name},
		"https://" + name + "/v1/":        {Host: name},
		"https://" + name + "/v2/":        {Host: name},
		"https://" + name + "/v2":         {Host: name},
		"https://" + name + ":443/v2/":    {Host: name},
		name + "/p/r/img":                 {Host: name, Path: "p/r/img"},
		"https://" + name + "/p/r/img/":   {Host: name, Path: "p/r/img"},
		"http://127.0.0.1:5000":           {Protocol: "http", Host: "127.0.0.1:5000"},
		"https://index.docker.io/v1/":     {Host: "index.docker.io"},
		"https://not.a.real.registry/url": {Host: "not.a.real.registry", Path: "url"},
	} {
		want.Client = host.Docker
		if want.Protocol == "" {
			want.Protocol = "https"
		}
		if got, ok := request(in); !ok || got != want {
			t.Errorf("request(%q) = %+v, %v, want %+v", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "/", "https://", "https:///x", "ftp://" + name, "://" + name, "unix:///x", "https://user@" + name, "https://user:pw@" + name,
		name + "?x=1", name + "#x", name + "/p?x", "https://evil.com\\@" + name, name + "%2f", "https://evil.com?" + name,
	} {
		if got, ok := request(in); ok {
			t.Errorf("request(%q) = %+v, want a refusal", in, got)
		}
	}
}

func TestReadLine(t *testing.T) {
	for in, want := range map[string]string{
		"gcr.io": "gcr.io", "gcr.io\n": "gcr.io", "gcr.io \r\n": "gcr.io", "  gcr.io\t\n": "gcr.io", "gcr.io\r\n\r\n": "gcr.io",
	} {
		if got, ok := readLine(strings.NewReader(in)); !ok || got != want {
			t.Errorf("readLine(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "\n", " \r\n", "gcr.io\nevil.com", "gcr\n.io", "\ngcr.io", "gcr.io evil", "\xef\xbb\xbfgcr.io", "gcr.io\x00", "gcr.io\x1b[2J",
		"g\u00fcr.io", strings.Repeat("a", maxLine+1), strings.Repeat("a", 10<<20),
	} {
		if got, ok := readLine(strings.NewReader(in)); ok {
			t.Errorf("readLine(%.40q) = %q, want a refusal", in, got)
		}
	}
}

// FuzzReadLine has one line of visible bytes, whatever comes.
func FuzzReadLine(f *testing.F) {
	for _, s := range []string{"gcr.io", "gcr.io \r\n", "a\nb", "\n\n\n", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, ok := readLine(strings.NewReader(s))
		if ok == (line == "") || strings.ContainsFunc(line, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || !strings.Contains(s, line) {
			t.Fatalf("%q: %q, %v", s, line, ok)
		}
	})
}
