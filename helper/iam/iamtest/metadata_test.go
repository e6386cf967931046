package iamtest

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/compute/metadata"
)

func TestMetadata(t *testing.T) {
	s := newServer(t, Options{TLS: true})
	t.Setenv("GCE_METADATA_HOST", s.MetadataHost())
	client := metadata.NewClient(nil)
	base := "http://" + s.MetadataHost() + "/computeMetadata/v1/instance/service-accounts/default/"
	if _, err := client.GetWithContext(t.Context(), "instance/service-accounts/default/token"); err == nil {
		t.Error("a token without an attached account")
	}
	s.SetMetadataAccount(target)
	for suffix, want := range map[string]string{
		"project/project-id": Project, "instance/service-accounts/default/email": target,
		"instance/service-accounts/" + target + "/email": target,
	} {
		if got, err := client.GetWithContext(t.Context(), suffix); err != nil || got != want {
			t.Errorf("%s: %q, %v", suffix, got, err)
		}
	}
	if _, err := client.GetWithContext(t.Context(), "universe/universe-domain"); err == nil {
		t.Error("a universe that was not set")
	}
	s.SetMetadataUniverse("example.goog")
	if got, err := client.GetWithContext(t.Context(), "universe/universe-domain"); err != nil || got != "example.goog" {
		t.Errorf("universe: %q, %v", got, err)
	}
	if a := get(t, s, base+"token"); a.status != 403 || a.body != `Missing required header "Metadata-Flavor": "Google"` {
		t.Errorf("without the header: %d %s", a.status, a.body)
	}
	if a := get(t, s, "http://"+s.MetadataHost()+"/"); a.status != 200 || a.header.Get("Metadata-Flavor") != "Google" {
		t.Errorf("probe: %d %v", a.status, a.header)
	}
	if a := get(t, s, base+"?recursive=true", "Metadata-Flavor", "Google"); a.json["email"] != target {
		t.Errorf("recursive: %s", a.body)
	}
	a := get(t, s, base+"identity?audience=https://app&format=full", "Metadata-Flavor", "Google")
	if c, err := s.VerifyIDToken(a.body, "https://app"); err != nil || c["email"] != target {
		t.Errorf("identity: %v, %v", c, err)
	}
	if a := get(t, s, base+"identity", "Metadata-Flavor", "Google"); a.status != 400 {
		t.Errorf("identity without audience: %d", a.status)
	}
}

func TestMetadataTokens(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s := newServer(t, Options{Now: func() time.Time { return now }})
	s.SetMetadataAccount(target)
	ask := func(query string) (string, float64) {
		a := get(t, s, s.URL+"/computeMetadata/v1/instance/service-accounts/default/token"+query, "Metadata-Flavor", "Google")
		token, _ := a.json["access_token"].(string)
		left, _ := a.json["expires_in"].(float64)
		return token, left
	}
	first, left := ask("")
	if who, ok := s.Principal(first); !ok || who != target || left != 3600 {
		t.Fatalf("token of %q, %v left", who, left)
	}
	s.SetSkew(50 * time.Minute)
	if again, left := ask(""); again != first || left != 600 {
		t.Errorf("not the cached token, or %v left", left)
	}
	narrow, _ := ask("?scopes=" + ScopeStorageRead)
	if _, scopes, _ := s.Inspect(narrow); narrow == first || strings.Join(scopes, " ") != ScopeStorageRead {
		t.Errorf("scopes %v", scopes)
	}
	s.SetSkew(56 * time.Minute)
	if renewed, _ := ask(""); renewed == first {
		t.Error("a token with four minutes left was not renewed")
	}
	s.SetMetadataMinimum(0)
	s.SetSkew(56*time.Minute + 59*time.Minute + 50*time.Second)
	if _, left := ask(""); left != 10 {
		t.Errorf("GKE's way: %v left", left)
	}
	s.ServiceAccount(target).Disable()
	if token, _ := ask(""); token != "" {
		t.Error("a token for a disabled account")
	}
}
