package main

import (
	"testing"

	"github.com/credential-iam/credential-iam/helper/issuer"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	for host, region := range map[string]string{
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com":              "eu-west-1",
		"123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com":     "us-gov-west-1",
		"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn":          "cn-north-1",
		"123456789012.dkr-ecr.us-east-2.on.aws":                     "us-east-2",
		"123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu":          "eusc-de-east-1",
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example": "",
		"x123456789012.dkr.ecr.eu-west-1.amazonaws.com":             "",
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com:8443":         "",
		"evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com": "",
		"public.ecr.aws": "",
	} {
		got, err := parse(issuer.Request{Host: host, Options: map[string]string{"roleArn": roleARN}})
		if region == "" {
			if err == nil {
				t.Errorf("%s was taken for a registry in %q", host, got.region)
			}
			continue
		}
		if err != nil || got.region != region || got.registry != account || got.role != "pusher" || got.audience != "sts.amazonaws.com" {
			t.Errorf("%s: %+v, %v", host, got, err)
		}
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for s, ok := range map[string]bool{"": true, "900": true, "900s": true, "1h": true, "12h": true, "14m": false, "13h": false, "1h0.5s": false, "-1h": false, "x": false} {
		if _, err := duration(s); (err == nil) != ok {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestCrossAccount: the role of one account may use the registry of another.
func TestCrossAccount(t *testing.T) {
	t.Parallel()
	got, err := parse(issuer.Request{Host: "999999999999.dkr.ecr.eu-west-1.amazonaws.com", Options: map[string]string{"roleArn": roleARN}})
	if err != nil || got.registry != "999999999999" {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := got.checkProxy(proxy); err == nil {
		t.Error("the password of the role's own registry was taken for the other's")
	}
}
