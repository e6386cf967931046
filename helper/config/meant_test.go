package config_test

import (
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// TestMeant has hosts that are misspellings of a section's, and others.
func TestMeant(t *testing.T) {
	c := config.Parse(helper.Env{}, "config.json", []byte(`{"plugins":{"iam":{},"iam@api.example.com":{},"iam@node1.example.com":{},
		"iam@git.example.com:8443/team":{},"iam@*.example.org":{},"iam@a b":{},"iam@10.1.2.3":{}}}`))
	for name, want := range map[string]string{
		"api.exmple.com": "api.example.com", "api.example.cmo": "api.example.com", "git.exampel.com:8443": "git.example.com:8443",
		"nod1.example.com": "node1.example.com", "node2.example.com": "", "10.1.2.4": "",
		"x.example.com": "", "api.example.net.com": "", "b.example.org": "", "example.com": "",
	} {
		if got := c.Meant(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
