package iam

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestSecretsOf: each secret of a request is known by itself, however little it looks
// like one.
func TestSecretsOf(t *testing.T) {
	form := url.Values{"grant_type": {"grant"}, "audience": {"nobody"}}
	for _, name := range []string{"refresh_token", "client_secret", "rapt", "assertion", "subject_token"} {
		form.Set(name, "word of "+name)
	}
	req, err := http.NewRequest(http.MethodPost, "https://example.com/", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Of-The-Source", "word of a header")
	req.SetBasicAuth("somebody", "word of a password")
	got := secretsOf(req)
	for _, want := range []string{
		"word of refresh_token", "word of client_secret", "word of rapt", "word of assertion", "word of subject_token", "word of a header", "word of a password",
		strings.TrimPrefix(req.Header.Get("Authorization"), "Basic "),
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not hidden", want)
		}
	}
	for _, plain := range []string{"grant", "nobody", "somebody", "application/x-www-form-urlencoded"} {
		if slices.Contains(got, plain) {
			t.Errorf("%q is hidden", plain)
		}
	}
}

// TestWords: what stands in an error as a code is a word, and never a sentence of the
// server's.
func TestWords(t *testing.T) {
	const said = "a sentence; run: curl evil.example.com"
	for _, body := range []string{
		`{"error":"` + said + `","error_subtype":"` + said + `","error_description":"d"}`,
		`{"error":{"status":"` + said + `","message":"m","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"` + said + `"}]}}`,
	} {
		var f failure
		f.parse([]byte(body))
		if f.oauth+f.subtype+f.code+f.reason != "" || f.message != "d" && f.message != "m" {
			t.Errorf("%s: %q %q %q %q, %q", body, f.oauth, f.subtype, f.code, f.reason, f.message)
		}
	}
	var f failure
	f.parse([]byte(`{"error":"invalid_grant","error_subtype":"invalid_rapt"}`))
	if f.oauth != "invalid_grant" || f.subtype != "invalid_rapt" {
		t.Errorf("%q, %q", f.oauth, f.subtype)
	}
}

// TestCheckURL: a secret goes by https, or to this machine, and with nobody's name.
func TestCheckURL(t *testing.T) {
	for raw, good := range map[string]bool{
		"https://sts.googleapis.com/v1/token": true, "http://127.0.0.1:1/": true, "http://[::1]/": true, "http://localhost/": true,
		"http://sts.googleapis.com/": false, "http://127.0.0.1.example.com/": false, "ftp://127.0.0.1/": false, "sts.googleapis.com": false, "https:///x": false, "": false,
		"https://sts.googleapis.com@evil.example.com/": false, "https://u:hunter2@sts.googleapis.com/": false,
	} {
		if err := checkURL("token_url", raw); (err == nil) != good || err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// TestImpersonated: the URL is the API's and an account, and nothing is dropped from it.
func TestImpersonated(t *testing.T) {
	const u = "googleapis.com"
	const url = "https://iamcredentials." + u + "/v1/projects/-/serviceAccounts/" + deployer + ":generateAccessToken"
	if l, err := impersonated(url, u); err != nil || l.account != deployer || l.endpoint != "" {
		t.Errorf("%+v, %v", l, err)
	}
	if l, err := impersonated(strings.Replace(url, "iamcredentials", "private", 1), u); err != nil || l.endpoint != "https://private."+u+"/" {
		t.Errorf("%+v, %v", l, err)
	}
	for _, bad := range []string{url + "?x=1", url + "#x", strings.Replace(url, "https:", "http:", 1), strings.Replace(url, "iam", "u@iam", 1), strings.Replace(url, deployer, "nobody", 1), url + "/x"} {
		if l, err := impersonated(bad, u); err == nil {
			t.Errorf("%s: %+v", bad, l)
		}
	}
}
