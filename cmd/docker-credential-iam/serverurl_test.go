package main

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

func TestParseServerURL(t *testing.T) {
	const name = "europe-docker.pkg.dev"
	for in, want := range map[string]helper.Request{
		name:                              {Host: name},
		name + ":443":                     {Host: name + ":443"},
		name + "/":                        {Host: name},
		"https://" + name:                 {Host: name},
		"HTTPS://" + name:                 {Host: name},
		"https://" + name + "/":           {Host: name},
		"https://" + name + "/v1/":        {Host: name},
		"https://" + name + "/v2/":        {Host: name},
		"https://" + name + "/v2":         {Host: name},
		"https://" + name + ":443/v2/":    {Host: name + ":443"},
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
		if got, ok := parseServerURL(in); !ok || got != want {
			t.Errorf("parseServerURL(%q) = %+v, %v, want %+v", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "/", "https://", "https:///x", "ftp://" + name, "://" + name, "unix:///x", "https://user@" + name, "https://user:pw@" + name,
		name + "?x=1", name + "#x", name + "/p?x", "https://evil.com\\@" + name, name + "%2f", "https://evil.com?" + name,
	} {
		if got, ok := parseServerURL(in); ok {
			t.Errorf("parseServerURL(%q) = %+v, want a refusal", in, got)
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

// FuzzParseServerURL holds the reader to one rule: the host that it finds is the
// authority that every URL reader finds, or it finds none.
func FuzzParseServerURL(f *testing.F) {
	for _, s := range []string{"gcr.io", "https://gcr.io/v2/", "https://a@gcr.io", "gcr.io:443/x", "http://[::1]:5000/v1/", "https://a\\b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, ok := readLine(strings.NewReader(s))
		if !ok {
			return
		}
		r, ok := parseServerURL(line)
		if !ok {
			return
		}
		if strings.ContainsAny(r.Host, "/@?#\\%\n\r ") || r.Host == "" {
			t.Fatalf("%q has the host %q", s, r.Host)
		}
		rest := line
		if _, after, ok := strings.Cut(line, "://"); ok {
			rest = after
		}
		if !strings.HasPrefix(rest, r.Host) {
			t.Fatalf("%q does not start with the host %q", rest, r.Host)
		}
	})
}
