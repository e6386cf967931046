//go:build linux

package release

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1" //nolint:gosec // it is apk's
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
)

// licensed is where the license is, but for the archives and Debian.
const licensed = "usr/share/licenses/credential-iam/LICENSE"

// TestCarried: each package and image is for the processor that its name says, and
// holds the very programs of the archive, whichever way it brings them, and the license
// where those who look for one do.
func TestCarried(t *testing.T) {
	for _, p := range built() {
		if p.os != "linux" {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			dir, base := unpacked(t, p), filepath.Join(dist(t), "credential-iam_"+version(t)+"_"+p.name)
			same := func(kind, license string, digests map[string]string) {
				t.Helper()
				wantLicense(t, kind, digests[license])
				for _, program := range programs.All() {
					want := digest([]byte(read(t, filepath.Join(dir, program.Name))))
					for _, name := range append([]string{program.Name}, program.Links...) {
						if name != program.Name {
							want = "-> " + program.Name
						}
						if got := digests["usr/bin/"+name]; got != want {
							t.Errorf("%s: %s is %q, want %q", kind, name, got, want)
						}
					}
				}
			}

			if got := strings.TrimSpace(output(t, "", "dpkg-deb", "-f", base+".deb", "Architecture")); got != p.deb {
				t.Errorf("the deb is for %q, want %s", got, p.deb)
			}
			same("deb", "usr/share/doc/credential-iam/copyright", files(t, []byte(output(t, "", "dpkg-deb", "--fsys-tarfile", base+".deb"))))

			if got := output(t, "", "rpm", "-qp", "--qf", "%{ARCH}", base+".rpm"); got != p.rpm {
				t.Errorf("the rpm is for %q, want %s", got, p.rpm)
			}
			same("rpm", licensed, rpmFiles(output(t, "", "rpm", "-qp", "--qf", `[%{FILENAMES}|%{FILEDIGESTS}|%{FILELINKTOS}\n]`, base+".rpm")))

			same("apk", licensed, files(t, testAPK(t, base+".apk", p)))
			same("image", licensed, files(t, image(t, p)))
		})
	}
}

// files are the sums of what a tar file holds, by path, or where a link leads.
func files(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	all := map[string]string{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		check(t, err)
		name := strings.TrimPrefix(strings.TrimPrefix(h.Name, "."), "/")
		if all[name] = "-> " + h.Linkname; h.Typeflag == tar.TypeReg {
			b, err := io.ReadAll(r)
			check(t, err)
			all[name] = digest(b)
		}
	}
}

func rpmFiles(listing string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(listing) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if all[strings.TrimPrefix(f[0], "/")] = f[1]; f[1] == "" {
			all[strings.TrimPrefix(f[0], "/")] = "-> " + f[2]
		}
	}
	return all
}

// image returns the only layer of a platform's image.
func image(t *testing.T, p platform) []byte {
	t.Helper()
	dir := t.TempDir()
	output(t, dir, "tar", "-xf", filepath.Join(dist(t), "credential-iam_image_"+p.name+".tar"))
	var manifest []struct {
		Config string
		Layers []string
	}
	check(t, json.Unmarshal([]byte(read(t, filepath.Join(dir, "manifest.json"))), &manifest))
	var config struct{ OS, Architecture string }
	check(t, json.Unmarshal([]byte(read(t, filepath.Join(dir, manifest[0].Config))), &config))
	if config.OS != p.os || config.Architecture != p.arch {
		t.Errorf("the image is for %+v", config)
	}
	r, err := gzip.NewReader(strings.NewReader(read(t, filepath.Join(dir, manifest[0].Layers[0]))))
	check(t, err)
	b, err := io.ReadAll(r)
	check(t, err)
	return b
}

// apkVersion is what apk takes for a version.
var apkVersion = regexp.MustCompile(`(?m)^pkgver = [0-9]+(\.[0-9]+)*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*(~[0-9a-f]+)?(-r[0-9]+)?$`)

// testAPK checks what Alpine's apk checks before it installs a package, which is not
// to be had here: the sum of the data in .PKGINFO, the sum of each file in its header
// and a version that it can compare. It returns the data.
func testAPK(t *testing.T, file string, p platform) []byte {
	t.Helper()
	packed, err := os.ReadFile(file)
	check(t, err)
	var control, data []byte
	var sum string
	for rest := bytes.NewReader(packed); rest.Len() > 0; {
		control = data
		start := len(packed) - rest.Len()
		r, err := gzip.NewReader(rest)
		check(t, err)
		r.Multistream(false)
		data, err = io.ReadAll(r)
		check(t, err)
		sum = digest(packed[start : len(packed)-rest.Len()])
	}
	var info string
	for r := tar.NewReader(bytes.NewReader(control)); info == ""; {
		h, err := r.Next()
		check(t, err)
		if b, err := io.ReadAll(r); h.Name == ".PKGINFO" && err == nil {
			info = string(b)
		}
	}
	if !strings.Contains(info, "\narch = "+p.apk+"\n") || !strings.Contains(info, "\ndatahash = "+sum+"\n") || !apkVersion.MatchString(info) {
		t.Errorf("the apk is to be for %s, with the data's sum %s and a version of apk's form; it says\n%s", p.apk, sum, info)
	}
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return data
		}
		check(t, err)
		b, err := io.ReadAll(r)
		check(t, err)
		hash := sha1.Sum(b) //nolint:gosec // it is apk's
		if got := h.PAXRecords["APK-TOOLS.checksum.SHA1"]; h.Typeflag == tar.TypeReg && got != hex.EncodeToString(hash[:]) {
			t.Errorf("apk: %s has the sum %x, its header says %q", h.Name, hash, got)
		}
	}
}
