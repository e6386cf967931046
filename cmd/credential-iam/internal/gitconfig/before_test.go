package gitconfig

import (
	"os"
	"strings"
	"testing"
)

// What git sends before it would run a helper, as git itself chooses it.
func TestSettings(t *testing.T) {
	eachGit(t, func(t *testing.T, g Git, file string) {
		config := "[http]\n\tproactiveAuth = none\n[http \"https://*.example.com\"]\n\tproactiveAuth = auto\n\tcookieFile = /x\n[http \"https://h.example.com/team\"]\n\tpostBuffer = 5m\n"
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := g.Settings(t.Context(), "", "https://h.example.com")
		if err != nil || s["proactiveauth"] != "auto" || s["cookiefile"] != "/x" || s["postbuffer"] != "" {
			t.Errorf("%v, %v", s, err)
		}
		s, err = g.Settings(t.Context(), "", "https://*.example.com")
		if err != nil || s["proactiveauth"] != "auto" {
			t.Errorf("a pattern: %v, %v", s, err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := g.Settings(t.Context(), "", "https://h.example.com"); err != nil || len(s) != 0 {
			t.Errorf("nothing: %v, %v", s, err)
		}
	})
}

func TestHeaders(t *testing.T) {
	const url = "https://h.example.com/team"
	all, host, wild, path := "[http]\n\textraHeader = ", "[http \"https://h.example.com\"]\n\textraHeader = ", "[http \"https://*.example.com\"]\n\textraHeader = ", "[http \"https://h.example.com/team\"]\n\textraHeader = "
	eachGit(t, func(t *testing.T, g Git, file string) {
		for _, c := range []struct{ config, want string }{
			{"", ""},
			{all + "a\n" + host + "b\n", "a b"},
			{host + "b\n" + all + "a\n", "b"},
			{all + "a\n" + host + "\n", ""},
			{host + "\n" + all + "a\n", ""},
			{wild + "w\n" + path + "p\n", "w p"},
			{path + "p\n" + host + "\n", "p"},
			{"[http \"https://other.example.com\"]\n\textraHeader = o\n[http \"*.example.com\"]\n\textraHeader = n\n", ""},
		} {
			if err := os.WriteFile(file, []byte(c.config), 0o600); err != nil {
				t.Fatal(err)
			}
			entries, err := g.List(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			headers, err := g.Headers(t.Context(), entries, url)
			var got []string
			for _, e := range headers {
				got = append(got, e.Value)
			}
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("%q: %q, %v, want %q", c.config, got, err, c.want)
			}
		}
	})
}

func TestRewritten(t *testing.T) {
	eachGit(t, func(t *testing.T, g Git, file string) {
		config := "[url \"https://me:pw@h.example.com/\"]\n\tinsteadOf = https://h.example.com/\n"
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		for url, want := range map[string]string{
			"https://h.example.com/r": "https://me:pw@h.example.com/r", "https://i.example.com/r": "https://i.example.com/r",
		} {
			if got, err := g.Rewritten(t.Context(), "", url); err != nil || got != want {
				t.Errorf("%s: %q, %v, want %q", url, got, err, want)
			}
		}
	})
}

// TestScope tells what is read after the global file, and from where.
func TestScope(t *testing.T) {
	eachGit(t, func(t *testing.T, g Git, file string) {
		if err := os.WriteFile(file, []byte("[a]\n\tx = 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		repository := t.TempDir()
		for _, args := range [][]string{{"init", "--quiet"}, {"config", "a.y", "2"}} {
			if _, err := g.Run(t.Context(), repository, args...); err != nil {
				t.Fatal(err)
			}
		}
		g.Environ = append(g.Environ, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=a.z", "GIT_CONFIG_VALUE_0=3")
		all, err := g.List(t.Context(), repository)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, e := range all {
			if e.Section != "a" {
				continue
			}
			seen[e.Name] = e.Beyond()
			if e.Name == "x" && e.File != file || e.Name == "z" && e.File != "" {
				t.Errorf("%s is in %q", e.Name, e.File)
			}
		}
		if len(seen) != 3 || seen["x"] || !seen["y"] || !seen["z"] {
			t.Errorf("beyond the global file: %v", seen)
		}
	})
}
