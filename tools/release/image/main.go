// Image writes the container image of a release for one Linux processor, an OCI layout
// as a tar file: FROM scratch, with the programs in /usr/bin, the machine's
// configuration and the CA certificates of Mozilla's list, the licence where there is
// one, and nothing else. The same programs and time give the same bytes; no engine and
// no network is needed.
//
//	image -bin DIR -arch amd64|arm64|armv7 -programs LIST -config FILE [-license FILE]
//		-time SECONDS -revision COMMIT -out FILE
package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func main() {
	var m maker
	flag.StringVar(&m.bin, "bin", "", "the `folder` of the programs")
	arch := flag.String("arch", "", "the `processor`: amd64, arm64 or armv7")
	list := flag.String("programs", "", "the `file` that lists the programs")
	config := flag.String("config", "", "the machine's configuration, a `file`")
	license := flag.String("license", "", "the licence, a `file`")
	seconds := flag.Int64("time", 0, "the time of everything, in `seconds` since 1970")
	flag.StringVar(&m.revision, "revision", "", "the `commit`")
	out := flag.String("out", "", "the `file` to write")
	flag.Parse()
	m.time = time.Unix(*seconds, 0).UTC()
	m.platform = v1.Platform{OS: "linux", Architecture: *arch}
	if *arch == "armv7" {
		m.platform.Architecture, m.platform.Variant = "arm", "v7"
	}
	if err := m.run(*list, *config, *license, *out); err != nil {
		fmt.Fprintln(os.Stderr, "image: "+err.Error())
		os.Exit(1)
	}
}

// maker makes an image.
type maker struct {
	bin, revision   string
	time            time.Time
	platform        v1.Platform
	config, license []byte
	programs        []program
}

// program is a line of the list: a program and its links.
type program struct {
	name  string
	links []string
}

func (m *maker) run(list, config, license, out string) error {
	text, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	if m.config, err = os.ReadFile(config); err != nil {
		return err
	}
	if license != "" {
		if m.license, err = os.ReadFile(license); err != nil {
			return err
		}
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) >= 3 {
			m.programs = append(m.programs, program{words[0], words[3:]})
		}
	}
	return m.write(out)
}

// write writes the image.
func (m *maker) write(out string) error {
	layer, err := m.layer()
	if err != nil {
		return err
	}
	opened := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer)), nil }
	l, err := tarball.LayerFromOpener(opened, tarball.WithCompressedCaching) // or it is compressed for every question
	if err != nil {
		return err
	}
	image, err := mutate.Append(empty.Image, mutate.Addendum{
		Layer: l, History: v1.History{Created: v1.Time{Time: m.time}, CreatedBy: ".ci/snapshot"},
	})
	if err != nil {
		return err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return err
	}
	file = file.DeepCopy()
	p := m.platform
	file.OS, file.Architecture, file.Variant, file.Created = p.OS, p.Architecture, p.Variant, v1.Time{Time: m.time}
	file.Config = v1.Config{
		Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		Entrypoint: []string{"/usr/bin/credential-iam"},
		Labels: map[string]string{
			"org.opencontainers.image.title":    "credential-iam",
			"org.opencontainers.image.source":   "https://github.com/credential-iam/credential-iam",
			"org.opencontainers.image.revision": m.revision,
		},
	}
	if image, err = mutate.ConfigFile(image, file); err != nil {
		return err
	}
	tag, err := name.NewTag("credential-iam:latest")
	if err != nil {
		return err
	}
	return tarball.WriteToFile(out, tag, image)
}

// layer is the one layer: folders before what is in them.
func (m *maker) layer() ([]byte, error) {
	var buf bytes.Buffer
	t := tar.NewWriter(&buf)
	add := func(h tar.Header, data []byte) error {
		h.Format, h.ModTime, h.Size = tar.FormatUSTAR, m.time, int64(len(data))
		err := t.WriteHeader(&h)
		if err == nil {
			_, err = t.Write(data)
		}
		return err
	}
	var all error
	for _, dir := range []string{"etc/", "etc/credential-iam/", "etc/ssl/", "etc/ssl/certs/", "usr/", "usr/bin/"} {
		all = errors.Join(all, add(tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755}, nil))
	}
	all = errors.Join(all, add(tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}, nil),
		add(tar.Header{Name: "etc/credential-iam/config.json", Mode: 0o644}, m.config),
		add(tar.Header{Name: "etc/ssl/certs/ca-certificates.crt", Mode: 0o644}, roots()))
	if m.license != nil {
		for _, dir := range []string{"usr/share/", "usr/share/licenses/", "usr/share/licenses/credential-iam/"} {
			all = errors.Join(all, add(tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755}, nil))
		}
		all = errors.Join(all, add(tar.Header{Name: "usr/share/licenses/credential-iam/LICENSE", Mode: 0o644}, m.license))
	}
	for _, program := range m.programs {
		data, err := os.ReadFile(filepath.Join(m.bin, program.name))
		if err != nil {
			return nil, err
		}
		all = errors.Join(all, add(tar.Header{Name: path.Join("usr/bin", program.name), Mode: 0o755}, data))
		for _, link := range program.links {
			all = errors.Join(all, add(tar.Header{Typeflag: tar.TypeSymlink, Name: path.Join("usr/bin", link), Linkname: program.name, Mode: 0o777}, nil))
		}
	}
	all = errors.Join(all, t.Close()) // before the bytes are taken
	return buf.Bytes(), all
}

// roots are the certificate authorities that need no further constraint, as PEM.
func roots() []byte {
	var buf bytes.Buffer
	for r := range bundle.Roots() {
		if r.Constraint == nil { // a PEM file cannot say a constraint
			_ = pem.Encode(&buf, &pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate})
		}
	}
	return buf.Bytes()
}
