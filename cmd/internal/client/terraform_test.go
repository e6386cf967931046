package client

import (
	"strings"
	"testing"
)

const terraformName = "terraform-credentials-iam"

func TestTerraform(t *testing.T) {
	w := newWorld(t)
	for host, prefix := range map[string]string{
		"own.example.com": `{"token":"access.`, "ID.example.com": `{"token":"id.`, "named.example.com:443": `{"token":"id.`, "gcr.io": `{"token":"access.`,
	} {
		if r := run(w, "", terraformName, "get", host); r.Code != 0 || !strings.HasPrefix(r.Stdout, prefix) || r.Stderr != "" {
			t.Errorf("%s: %+v", host, r)
		}
	}
	w.Mints()
	for _, host := range []string{
		"example.com", "app.terraform.io", "own.example.com.evil.example", "https://own.example.com", "u@own.example.com", "own.example.com:8443", "own.example.com\n", "own.example.com\x00",
		"", "127.0.0.1:5001", "storage.googleapis.com", "x.googlesource.com", "*.example.com", strings.Repeat("a", 1<<20),
	} {
		if r := run(w, "", terraformName, "get", host); r.Code != 0 || r.Stdout != "{}\n" || r.Stderr != "" {
			t.Errorf("%.40q: %+v; want none", host, r)
		}
	}
	if r := run(w, "", terraformName, "get", "unsaid.example.com"); r.Code != 1 || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 {
		t.Errorf("a mistake: %+v", r)
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other hosts caused %q", m)
	}
	in := strings.NewReader(`{"token":"hunter2"}` + strings.Repeat(" ", 1<<20))
	p, args := Program([]string{terraformName, "store", "own.example.com"})
	var out strings.Builder
	if code, stderr := w.RunOn(p, in, &out, args...); code != 1 || in.Len() != 0 || out.String() != "" || strings.Contains(stderr, "hunter2") {
		t.Errorf("store: exit %d, %d bytes were not read, %q", code, in.Len(), stderr)
	}
	for _, args := range [][]string{{}, {"get"}, {"bogus", "own.example.com"}, {"get", "a", "b"}} {
		if r := run(w, "", append([]string{terraformName}, args...)...); r.Code != 2 || r.Stdout != "" {
			t.Errorf("%q: %+v", args, r)
		}
	}
}

func TestTerraformForget(t *testing.T) {
	w := newWorld(t)
	w.NeedsCache()
	get := func() string { return run(w, "", terraformName, "get", "own.example.com").Stdout }
	first := get()
	for _, host := range []string{"example.com", "https://own.example.com", ""} {
		if r := run(w, "", terraformName, "forget", host); r.Code != 0 || r.Stdout+r.Stderr != "" || get() != first {
			t.Errorf("%s: %+v, or the token was forgotten", host, r)
		}
	}
	if r := run(w, "", terraformName, "forget", "own.example.com"); r.Code != 0 || r.Stdout+r.Stderr != "" || get() == first {
		t.Errorf("%+v, or the token was kept", r)
	}
}

func FuzzTerraform(f *testing.F) {
	f.Add("own.example.com:443")
	f.Add("a@b/c")
	f.Fuzz(func(t *testing.T, s string) { sameHost(t, terraformForm(), s) })
}
