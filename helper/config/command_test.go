package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// commandConfig loads a configuration file with the given text.
func commandConfig(t *testing.T, text string) *Config {
	t.Helper()
	dir := t.TempDir()
	for name, b := range map[string]string{
		"config.json": strings.ReplaceAll(text, "ADC", filepath.ToSlash(filepath.Join(dir, "adc.json"))),
		"adc.json":    `{"type":"authorized_user","client_id":"a","refresh_token":"b"}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	environ := map[string]string{"DOCKER_CONFIG": dir, "CLOUDSDK_CONFIG": dir}
	return Load(helper.Env{Getenv: func(name string) string { return environ[name] }, HomeDir: dir, Now: time.Now})
}

func TestCommand(t *testing.T) {
	c := commandConfig(t, `{"plugins": {
		"iam": {"serviceAccount": "a@p.iam.gserviceaccount.com", "delegates": "d@p.iam.gserviceaccount.com",
			"token": "id", "scopes": "https://x.example/s", "source": "file:ADC", "issuer": "ecr"}}}`)
	base, err := c.Command(t.Context(), nil, nil)
	if err != nil || base.Token != helper.ID || base.Issuer != "ecr" {
		t.Fatalf("default: %+v, %v", base, err)
	}
	got, err := c.Command(t.Context(), map[string]string{"token": "access", "issuer": helper.Google}, nil)
	if err != nil || got.Token != helper.Access || got.Issuer != helper.Google || len(got.Scopes) != 1 || got.Scopes[0] != "https://x.example/s" ||
		got.ServiceAccount != base.ServiceAccount || got.Source != base.Source {
		t.Errorf("access: %+v, %v", got, err)
	}
	got, err = c.Command(t.Context(), map[string]string{"serviceAccount": "b@p.iam.gserviceaccount.com", "delegates": "", "token": "access"}, nil)
	if err != nil || got.ServiceAccount != "b@p.iam.gserviceaccount.com" || got.Delegates != nil {
		t.Errorf("another account: %+v, %v", got, err)
	}
	described, err := c.DescribeDefault()
	if err != nil || described.ServiceAccount != base.ServiceAccount || described.Source != (helper.Source{}) {
		t.Errorf("described: %+v, %v", described, err)
	}
	for _, broken := range []string{`{"plugins": {`, `{"plugins": {"iam": {"tokne": "id"}}}`} {
		if _, err := commandConfig(t, broken).Command(t.Context(), nil, nil); err == nil {
			t.Errorf("%s: no error", broken)
		}
	}
}

func TestPathMatters(t *testing.T) {
	c := commandConfig(t, `{"plugins": {
		"iam@a.example/x": {"token": "id"}, "iam@*.w.example/x": {"token": "id"}, "iam@b.example": {"token": "id"}}}`)
	for name, want := range map[string]bool{"A.example:443": true, "a.example:1": false, "q.w.example": true, "b.example": false, "": false} {
		at, _ := At(helper.Request{Client: host.Git, Protocol: "https", Host: name})
		if got := c.PathMatters(at); got != want {
			t.Errorf("PathMatters(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestCheckValue(t *testing.T) {
	if err := CheckValue("lifetime", "1h"); err != nil {
		t.Error(err)
	}
	if err := CheckValue("lifetime", "13h"); err == nil || strings.Contains(err.Error(), "lifetime") {
		t.Errorf("lifetime of 13h: %v", err)
	}
	if err := CheckValue("liftime", "1h"); err == nil || !strings.Contains(err.Error(), `"lifetime"`) {
		t.Errorf("unknown key: %v", err)
	}
}
