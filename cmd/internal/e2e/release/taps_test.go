//go:build linux

package release

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tapped is a folder with a formula and a manifest, and the version that they are for:
// of the release under test, or where that is of one target, of archives that hold
// their names alone.
func tapped(t *testing.T) (dir, v string) {
	t.Helper()
	if *given != "" {
		return dist(t), version(t)
	}
	dir, v = t.TempDir(), "1.2.3-rc1"
	for _, p := range platforms {
		check(t, os.WriteFile(filepath.Join(dir, p.archive(v)), []byte(p.name), 0o644))
	}
	output(t, root(), filepath.Join(root(), ".ci/taps"), v, dir)
	return dir, v
}

// wantArchive checks an address and a sum, which are to be those of a platform's archive.
func wantArchive(t *testing.T, dir, v, name, url, sum string) {
	t.Helper()
	i := slices.IndexFunc(platforms, func(p platform) bool { return p.name == name })
	archive := platforms[i].archive(v)
	if want := "https://" + module + "/releases/download/v" + v + "/" + archive; url != want {
		t.Errorf("%s is to be had at %s, want %s", name, url, want)
	}
	if want := digest([]byte(read(t, filepath.Join(dir, archive)))); sum != want {
		t.Errorf("%s has the sum %q, want %s", name, sum, want)
	}
}

// brew loads the formula on a little of Homebrew, as on a system; with a prefix it
// installs from a folder, too.
func brew(t *testing.T, dir, from, system, cpu string, prefix ...string) string {
	t.Helper()
	stub, err := filepath.Abs("testdata/homebrew.rb")
	check(t, err)
	return output(t, from, "ruby", append([]string{"-W", stub, filepath.Join(dir, "credential-iam.rb"), system, cpu}, prefix...)...)
}

// TestFormula: on each system that Homebrew is for, the formula names its archive and
// that one's sum.
func TestFormula(t *testing.T) {
	dir, v := tapped(t)
	if text := read(t, filepath.Join(dir, "credential-iam.rb")); strings.Contains(text, "@") || !strings.Contains(text, "version \""+v+"\"") {
		t.Errorf("it is not filled in:\n%s", text)
	}
	for _, on := range [][3]string{
		{"macos", "arm", "darwin_arm64"}, {"macos", "intel", "darwin_amd64"}, {"linux", "arm", "linux_arm64"}, {"linux", "intel", "linux_amd64"},
	} {
		url, sum, _ := strings.Cut(strings.TrimSpace(brew(t, dir, "", on[0], on[1])), "\n")
		wantArchive(t, dir, v, on[2], url, sum)
	}
}

// TestFormulaInstalls runs the formula on an archive: every name of programs.txt, and
// the pages and completions; it says what is next, and its own test passes.
func TestFormulaInstalls(t *testing.T) {
	dir, _ := tapped(t)
	prefix := t.TempDir()
	this := slices.IndexFunc(platforms, func(p platform) bool { return p.name == target() })
	out := brew(t, dir, unpacked(t, platforms[this]), "linux", map[string]string{"amd64": "intel", "arm64": "arm"}[platforms[this].arch], prefix)
	if !strings.Contains(out, "next: credential-iam configure\n") || !strings.Contains(out, "docker-credential-iam (credential-iam) v"+version(t)) {
		t.Errorf("it says\n%s", out)
	}
	entries, err := os.ReadDir(filepath.Join(prefix, "bin"))
	check(t, err)
	var installed []string
	for _, entry := range entries {
		installed = append(installed, entry.Name())
	}
	if !slices.Equal(installed, names()) {
		t.Errorf("installed %q, want %q", installed, names())
	}
	want := []string{
		"man/man1/credential-iam.1", "man/man7/credential-iam-configuration.7", "zsh/site-functions/_credential-iam",
		"fish/vendor_completions.d/credential-iam.fish", "../etc/bash_completion.d/credential-iam",
	}
	for _, name := range want {
		if _, err := os.Stat(filepath.Join(prefix, "share", name)); err != nil {
			t.Error(err)
		}
	}
	if out := output(t, prefix, filepath.Join(prefix, "bin/kubelet-credential-iam"), "--help"); !strings.Contains(out, "kubelet") {
		t.Errorf("a link says %q", out)
	}
}

// TestScoop: the manifest has what Scoop asks of one, names the archives for Windows
// and has their folder on the PATH, with the links made as install.ps1 makes them.
func TestScoop(t *testing.T) {
	dir, v := tapped(t)
	var manifest struct {
		Version, Description, Homepage, License string
		Architecture                            map[string]struct {
			URL, Hash  string
			ExtractDir string `json:"extract_dir"`
		}
		PreInstall string `json:"pre_install"`
		EnvAddPath string `json:"env_add_path"`
		Notes      string
	}
	d := json.NewDecoder(strings.NewReader(read(t, filepath.Join(dir, "credential-iam.json"))))
	d.DisallowUnknownFields()
	check(t, d.Decode(&manifest))
	if manifest.Version != v || manifest.Description == "" || manifest.Homepage != "https://"+module || manifest.License == "" || manifest.EnvAddPath != "." {
		t.Errorf("%+v", manifest)
	}
	if !strings.Contains(manifest.PreInstall, `links.txt`) || len(manifest.Architecture) != 2 {
		t.Errorf("%+v", manifest)
	}
	for scoop, platform := range map[string]string{"64bit": "windows_amd64", "arm64": "windows_arm64"} {
		a := manifest.Architecture[scoop]
		wantArchive(t, dir, v, platform, a.URL, a.Hash)
		if want := strings.TrimSuffix(path.Base(a.URL), ".zip"); a.ExtractDir != want {
			t.Errorf("it takes the folder %s, want %s", a.ExtractDir, want)
		}
	}
}
