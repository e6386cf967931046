package host

import "testing"

// TestOneRepository has every spelling of one repository's path that git and git-lfs
// send match the section of that repository, however the section spells it, and no
// other repository's.
func TestOneRepository(t *testing.T) {
	spellings := []string{
		"team/app", "team/app.git", "team/app/", "team/app.git/", "/team/app", "team//app.git", "//team/app//", "team/app.git/info/lfs", "team/app/info/lfs",
		"team/app.git/info/lfs/locks/verify", "team/app.git/info/lfs/objects/batch", "t%65am/app%2Egit", "team/%61pp",
		"team%2Fapp", "team%2fapp.git/info/lfs",
	}
	others := []string{
		"", "team", "team/application", "team/ap", "teams/app", "x/team/app", "a/team/app", "team/app/../other", "team/%2e%2e/ap", "team/app/..", "team/app/%2e%2e", "team%252Fapp",
		"team/app%00", "team/app%", "team/app%2", "team/other.git/info/lfs", "info/lfs", "info/lfs/team/app", "team/info/lfs/app",
	}
	for _, section := range spellings {
		p, err := ParsePattern("git.example.com/" + section)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range spellings {
			if !p.MatchesPath(path) {
				t.Errorf("the section of %q does not match %q", section, path)
			}
		}
		for _, path := range others {
			if p.MatchesPath(path) {
				t.Errorf("the section of %q matches %q", section, path)
			}
		}
	}
	for _, name := range []string{"android.googlesource.com", "*.googlesource.com"} {
		for _, section := range []string{"/team/app", "/a/team/app.git"} {
			p, err := ParsePattern(name + section)
			if err != nil {
				t.Fatal(err)
			}
			for path, want := range map[string]bool{"team/app": true, "a/team/app": true, "a/team/app.git/info/lfs": true, "a/a/team/app": false, "b/team/app": false, "a": false} {
				if p.MatchesPath(path) != want {
					t.Errorf("%s%s and %q: got %v", name, section, path, !want)
				}
			}
		}
	}
}

// TestDecodedOnce: a slash that is escaped twice is none, whether the client decodes what
// it sends, as git does, or we do.
func TestDecodedOnce(t *testing.T) {
	p, err := ParsePattern("git.example.com/team/app")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		url, sent string
		same      bool
	}{
		{"https://git.example.com/team%2Fapp", "team/app", true},
		{"https://git.example.com/team%252Fapp", "team%2Fapp", false},
		{"https://git.example.com/team%252fapp.git", "team%2fapp.git", false},
		{"https://git.example.com/te%2561m/app", "te%61m/app", false},
		{"https://git.example.com/team%25252Fapp", "team%252Fapp", false},
		{"https://git.example.com/team%25%32%46app", "team%2Fapp", false},
		{"https://git.example.com/te%256%31m/app", "te%61m/app", false},
		{"https://git.example.com/team%2Fapp/%2541/100%25", "team/app/%41/100%", true},
		{"https://git.example.com/te%25%361m/app", "te%61m/app", false},
	} {
		u, err := Typed().Read(c.url)
		if err != nil || p.MatchesPath(u.Path) != c.same || p.MatchesPath(Decoded(c.sent)) != c.same {
			t.Errorf("%s: %q (%v) and %q are the section's: want %v", c.url, u.Path, err, Decoded(c.sent), c.same)
		}
		own, err := ParsePattern("git.example.com/" + u.Path) // as configure writes it
		if err != nil || !own.MatchesPath(Decoded(c.sent)) {
			t.Errorf("%s: its own section is not that of %q (%v)", c.url, c.sent, err)
		}
	}
	if sent := Decoded("100%/b%2"); sent != "100%/b%2" {
		t.Errorf("%q", sent)
	}
}

// TestDotSegments: a path with one is no repository's spelling, since git tells a helper
// the same path of URLs that it asks a server for by different ones.
func TestDotSegments(t *testing.T) {
	sections := []string{"p/x/r/app", "p/x/r", "p"}
	for _, path := range []string{
		"p/x/r/app/%252e%252E/other", "p/x/r/app/..%25252fother", "p/x/r/app/%25%32%65./other", "p/x/r/app/%%32e./other", "p/x/r/app/.%2525%2532%2565/other",
		"p/x/r/app/../other", "p/x/r/app.git/info/lfs/../../../other", "p/x/r/app.git/info/lfs/../../%2e%2E/other",
		"p/x/r/app/..%2fother", `p/x/r/app/..\other`, "p/x/r/app/..%5Cother", `p/x/r/app/.\x`, "../../p/x/r/other",
		"p/x/r/./app", "./p/x/r/app", "p/x/r/y/../app", "p/x/r/%2e/app", "p/x/r/other/..%2fapp", "../p/x/r/app",
		"evil/..%2fp/x/r/app", "evil//../p/x/r/app", "evil?x=/../../p/x/r/app", "p/x/../evil",
	} {
		for _, section := range sections {
			p, err := ParsePattern("git.example.com/" + section)
			if err != nil {
				t.Fatal(err)
			}
			if p.MatchesPath(path) {
				t.Errorf("%q is taken for %s", path, p)
			}
			if !p.Below(path).Dotted() {
				t.Errorf("%q has a dot segment", path)
			}
		}
		if p, err := ParsePattern("git.example.com/" + path); err == nil {
			t.Errorf("the section of %s is taken", p)
		}
	}
	p, err := ParsePattern("git.example.com/p/x/r/app")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"p/x/r/app/.github", "p/x/r/app/..x", "p/x/r/app.git/info/lfs/objects/batch", "p/x/r%2Fapp"} {
		if !p.MatchesPath(path) || p.Below(path).Dotted() {
			t.Errorf("%q is not taken for %s", path, p)
		}
	}
}
