//go:build linux

package release

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
)

// platform is what a release is built for: its name in the archives, Go's names for
// it, and those of the packages, which Linux alone has.
type platform struct{ name, os, arch, deb, rpm, apk string }

var platforms = []platform{
	{"linux_amd64", "linux", "amd64", "amd64", "x86_64", "x86_64"},
	{"linux_arm64", "linux", "arm64", "arm64", "aarch64", "aarch64"},
	{"linux_armv7", "linux", "arm", "armhf", "armv7hl", "armv7"},
	{name: "darwin_amd64", os: "darwin", arch: "amd64"},
	{name: "darwin_arm64", os: "darwin", arch: "arm64"},
	{name: "windows_amd64", os: "windows", arch: "amd64"},
	{name: "windows_arm64", os: "windows", arch: "arm64"},
}

// built are the platforms of the release under test.
func built() []platform {
	if *given != "" {
		return platforms
	}
	return slices.DeleteFunc(slices.Clone(platforms), func(p platform) bool { return p.name != target() })
}

// exe is a program's name.
func (p platform) exe(name string) string {
	if p.os == "windows" {
		return name + ".exe"
	}
	return name
}

// archive is the name of the platform's archive.
func (p platform) archive(version string) string {
	end := ".tar.gz"
	if p.os == "windows" {
		end = ".zip"
	}
	return "credential-iam_" + version + "_" + p.name + end
}

// version is that of the release, as its archives say.
func version(t *testing.T) string {
	t.Helper()
	name := filepath.Base(one(t, ".tar.gz"))
	return strings.TrimSuffix(strings.TrimPrefix(name, "credential-iam_"), "_"+target()+".tar.gz")
}

func digest(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

// readSums reads SHA256SUMS.
func readSums(t *testing.T) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for line := range strings.Lines(read(t, filepath.Join(dist(t), "SHA256SUMS"))) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		sums[name] = sum
	}
	return sums
}

// provenance is what of an in-toto statement is tested.
type provenance struct {
	Type          string `json:"_type"`
	PredicateType string
	Subject       []struct {
		Name   string
		Digest map[string]string
	}
	Predicate struct {
		BuildDefinition struct {
			ExternalParameters   struct{ Command string }
			ResolvedDependencies []struct{ Digest map[string]string }
		}
	}
}

func readProvenance(t *testing.T) provenance {
	t.Helper()
	var p provenance
	check(t, json.Unmarshal([]byte(read(t, filepath.Join(dist(t), "provenance.json"))), &p))
	if len(p.Predicate.BuildDefinition.ResolvedDependencies) != 1 {
		t.Fatalf("provenance: %+v", p)
	}
	return p
}

// commit is the commit that was built.
func (p provenance) commit() string {
	return p.Predicate.BuildDefinition.ResolvedDependencies[0].Digest["gitCommit"]
}

// TestFiles: a release is exactly these files, every one has its sum in SHA256SUMS,
// and provenance.json states the same sums, of a commit.
func TestFiles(t *testing.T) {
	v, sums := version(t), readSums(t)
	want := []string{"install.sh", "install.ps1"}
	for _, p := range built() {
		want = append(want, p.archive(v), p.archive(v)+".spdx.json")
		if p.os == "linux" {
			want = append(want, "credential-iam_image_"+p.name+".tar")
			for _, end := range []string{".deb", ".rpm", ".apk"} {
				want = append(want, "credential-iam_"+v+"_"+p.name+end)
			}
		}
	}
	if *given != "" { // of every target
		want = append(want, "credential-iam.rb", "credential-iam.json")
	}
	if got := slices.Sorted(maps.Keys(sums)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("SHA256SUMS names\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(slices.Sorted(slices.Values(want)), "\n"))
	}
	entries, err := os.ReadDir(dist(t))
	check(t, err)
	for _, entry := range entries {
		switch name := entry.Name(); name {
		case "SHA256SUMS", "SHA256SUMS.minisig", "provenance.json", "provenance.json.minisig":
		default:
			if got := digest([]byte(read(t, filepath.Join(dist(t), name)))); got != sums[name] {
				t.Errorf("%s has the sum %s, SHA256SUMS says %q", name, got, sums[name])
			}
		}
	}
	for _, name := range []string{"SHA256SUMS", "provenance.json"} {
		output(t, dist(t), filepath.Join(root(), ".tools", "minisign"), "-V", "-q", "-p", made.key+".pub", "-m", name)
	}

	p := readProvenance(t)
	stated := map[string]string{}
	for _, subject := range p.Subject {
		stated[subject.Name] = subject.Digest["sha256"]
	}
	if p.Type != "https://in-toto.io/Statement/v1" || p.PredicateType != "https://slsa.dev/provenance/v1" || len(p.commit()) != 40 || !maps.Equal(stated, sums) {
		t.Errorf("provenance: %s %s of %q; its sums are those of SHA256SUMS: %v", p.Type, p.PredicateType, p.commit(), maps.Equal(stated, sums))
	}
}

// unpacked returns the folder that a platform's archive unpacks to.
func unpacked(t *testing.T, p platform) string {
	t.Helper()
	dir, archive := t.TempDir(), p.archive(version(t))
	if file := filepath.Join(dist(t), archive); p.os == "windows" {
		output(t, dir, "busybox", "unzip", "-q", file)
	} else {
		output(t, dir, "tar", "-xzf", file)
	}
	return filepath.Join(dir, strings.TrimSuffix(strings.TrimSuffix(archive, ".tar.gz"), ".zip"))
}

// wantLicense checks the license that an archive, a package or an image has, by its sum:
// that of the tree that was built, or none where the tree has none.
func wantLicense(t *testing.T, kind, got string) {
	t.Helper()
	dir := root()
	if *given == "" {
		dir = filepath.Dir(dist(t)) // which always has one
	}
	want := ""
	if b, err := os.ReadFile(filepath.Join(dir, "LICENSE")); err == nil || *given == "" {
		check(t, err)
		want = digest(b)
	}
	if got != want {
		t.Errorf("the %s has a license with the sum %q, want %q", kind, got, want)
	}
}

// TestArchives: every program is in every archive, built for its platform with the
// tags that programs.txt has, stamped with the version; and the bill of materials has
// its sum and every module that is linked into it.
func TestArchives(t *testing.T) {
	for _, p := range built() {
		t.Run(p.name, func(t *testing.T) {
			dir := unpacked(t, p)
			for _, name := range []string{"README.md", "install.sh", "install.ps1", "links.txt", "completions/credential-iam.bash", "docs/install.md"} {
				if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
					t.Error(err)
				}
			}
			license := ""
			if b, err := os.ReadFile(filepath.Join(dir, "LICENSE")); err == nil {
				license = digest(b)
			}
			wantLicense(t, "archive", license)
			var links string
			sbom := readSBOM(t, p)
			for _, program := range programs.All() {
				for _, link := range program.Links {
					links += link + " " + program.Name + "\n"
				}
				testProgram(t, filepath.Join(dir, p.exe(program.Name)), p, program, sbom)
			}
			if got := read(t, filepath.Join(dir, "links.txt")); got != links {
				t.Errorf("links.txt:\n%s\nwant\n%s", got, links)
			}
			for _, name := range names() {
				if _, err := os.Stat(filepath.Join(dir, "man/man1", name+".1")); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func testProgram(t *testing.T, path string, p platform, program programs.Program, sbom map[string]string) {
	t.Helper()
	info, err := buildinfo.ReadFile(path)
	check(t, err)
	got := map[string]string{}
	for _, s := range info.Settings {
		got[s.Key] = s.Value
	}
	want := map[string]string{"GOOS": p.os, "GOARCH": p.arch, "CGO_ENABLED": "0", "-tags": program.Tags, "-trimpath": "true"}
	if p.arch == "arm" {
		want["GOARM"] = "7"
	}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s was built with %s=%q, want %q", program.Name, key, got[key], value)
		}
	}
	data := []byte(read(t, path))
	// A plugin says no version, so the linker leaves it out.
	stamped := program.Kind == programs.Plugin || bytes.Contains(data, []byte("v"+version(t)))
	if info.Path != module+"/cmd/"+program.Name || !stamped {
		t.Errorf("%s is %s, and has the version %s: %v", program.Name, info.Path, version(t), stamped)
	}
	if sum := sbom[filepath.Base(path)]; sum != digest(data) {
		t.Errorf("the bill of materials gives %s the sum %q, it has %s", program.Name, sum, digest(data))
	}
	for _, m := range info.Deps {
		if sbom[m.Path] != m.Version {
			t.Errorf("%s: the bill of materials has %s %q, it links %s", program.Name, m.Path, sbom[m.Path], m.Version)
		}
	}
	if goVersion := strings.TrimPrefix(info.GoVersion, "go"); sbom["stdlib"] != goVersion {
		t.Errorf("the bill of materials has the standard library %q, want %s", sbom["stdlib"], goVersion)
	}
}

// readSBOM reads the SPDX document of an archive: the sum of each program by its
// name, and the version of each module by its path.
func readSBOM(t *testing.T, p platform) map[string]string {
	t.Helper()
	var doc struct {
		SPDXVersion string `json:"spdxVersion"`
		Name        string
		Packages    []struct {
			Name, VersionInfo string
			Checksums         []struct{ Algorithm, ChecksumValue string }
		}
	}
	archive := p.archive(version(t))
	check(t, json.Unmarshal([]byte(read(t, filepath.Join(dist(t), archive+".spdx.json"))), &doc))
	if doc.SPDXVersion != "SPDX-2.3" || doc.Name != archive {
		t.Errorf("%s of %s", doc.SPDXVersion, doc.Name)
	}
	named := map[string]string{}
	for _, p := range doc.Packages {
		named[p.Name] = p.VersionInfo
		for _, sum := range p.Checksums {
			if sum.Algorithm == "SHA256" {
				named[p.Name] = sum.ChecksumValue
			}
		}
	}
	return named
}
