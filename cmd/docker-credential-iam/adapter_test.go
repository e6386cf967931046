package main

import (
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
