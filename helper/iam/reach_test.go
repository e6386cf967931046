package iam_test

import (
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Reach says what time it is there, or what on this machine is in the way.
func TestReach(t *testing.T) {
	s, err := iamtest.NewServer(iamtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct{ name, endpoint, proxy, code, hint string }{
		{"there", s.Endpoint(), "", "", ""},
		{"nobody listens", "http://127.0.0.1:1/", "", "unreachable", ""},
		{"the proxy is not there", "https://iamcredentials.googleapis.com/", "http://127.0.0.1:1", "proxy", "unset HTTPS_PROXY"},
		{"the proxy is none", "https://iamcredentials.googleapis.com/", "http://127.0.0.1:x", "proxy", "unset HTTPS_PROXY"},
		{"no URL", "http://a b/", "", "bad-parameter", ""},
	} {
		env := helper.Env{Now: time.Now, Getenv: func(name string) string {
			if name == "HTTPS_PROXY" {
				return c.proxy
			}
			return ""
		}}
		date, err := iam.New(iam.Options{Env: env}).Reach(t.Context(), helper.Target{Endpoint: c.endpoint, UniverseDomain: helper.DefaultUniverse})
		if c.code == "" {
			if err != nil || time.Since(date).Abs() > time.Minute {
				t.Errorf("%s: %v, %v", c.name, date, err)
			}
			continue
		}
		if e := helper.AsError(err); err == nil || e.Code != c.code || e.Hint != c.hint {
			t.Errorf("%s: got %v (%s)", c.name, err, e.Code)
		}
	}
}
