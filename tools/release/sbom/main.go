// Sbom writes the SPDX 2.3 document of a release's archive (.tar.gz or .zip): each
// program with its SHA-256 sum, and each Go module that is in it, as the linker
// recorded it. The same archive and time give the same bytes; nothing is fetched.
//
//	sbom -time RFC3339 ARCHIVE > ARCHIVE.spdx.json
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"
)

func main() {
	created := flag.String("time", "", "when it was made, as RFC 3339 in UTC")
	flag.Parse()
	if flag.NArg() != 1 || *created == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.Stdout, flag.Arg(0), *created); err != nil {
		fmt.Fprintln(os.Stderr, "sbom: "+err.Error())
		os.Exit(1)
	}
}

func run(w io.Writer, archive, created string) error {
	data, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	programs, err := unpack(archive, data)
	if err != nil {
		return err
	}
	d := &document{name: filepath.Base(archive), sum: sum(data), created: created, seen: map[string]bool{}}
	for _, p := range programs {
		if err := d.add(p); err != nil {
			return fmt.Errorf("%s in %s: %w", p.name, archive, err)
		}
	}
	if len(d.programs) == 0 {
		return fmt.Errorf("%s holds no program of Go's", archive)
	}
	return json.Write(d.spdx(), w, json.Indent("  "))
}

func sum(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

// file is a file of an archive.
type file struct {
	name string
	data []byte
}

// unpack reads an archive's files.
func unpack(name string, data []byte) ([]file, error) {
	var all []file
	if strings.HasSuffix(name, ".zip") {
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return nil, err
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				return nil, err
			}
			b, err := io.ReadAll(r)
			if err = errors.Join(err, r.Close()); err != nil {
				return nil, err
			}
			all = append(all, file{path.Base(f.Name), b})
		}
		return all, nil
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for t := tar.NewReader(unzipped); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		all = append(all, file{path.Base(h.Name), b})
	}
}

// document is what is known of an archive.
type document struct {
	name, sum, created string
	programs, modules  []*spdx.Package
	relations          []*spdx.Relationship
	seen               map[string]bool
}

// add adds a program and its modules; a file that is no program of Go's is passed over.
func (d *document) add(f file) error {
	info, err := buildinfo.Read(bytes.NewReader(f.data))
	if err != nil {
		return nil //nolint:nilerror // a page or a script
	}
	id := common.ElementID("Program-" + f.name)
	d.programs = append(d.programs, &spdx.Package{
		PackageName: f.name, PackageSPDXIdentifier: id, PackageDownloadLocation: "NOASSERTION",
		PackageChecksums: []spdx.Checksum{{Algorithm: spdx.SHA256, Value: sum(f.data)}},
		PackageVersion:   info.Main.Version, PackageComment: info.GoVersion + " " + info.Path, PrimaryPackagePurpose: "APPLICATION",
	})
	d.relate("DOCUMENT", id, "DESCRIBES")
	for _, m := range append(info.Deps, goroot(info.GoVersion)) {
		if m.Replace != nil {
			m = m.Replace
		}
		module := common.ElementID("Module-" + identifier(m.Path+"-"+m.Version))
		d.relate(id, module, "CONTAINS")
		if d.seen[string(module)] {
			continue
		}
		d.seen[string(module)] = true
		d.modules = append(d.modules, &spdx.Package{
			PackageName: m.Path, PackageSPDXIdentifier: module, PackageVersion: m.Version, PackageDownloadLocation: "NOASSERTION",
			PackageComment: m.Sum, // go.sum's own form
			PackageExternalReferences: []*spdx.PackageExternalReference{{
				Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: purl(m.Path, m.Version),
			}},
		})
	}
	return nil
}

func (d *document) relate(from, to common.ElementID, how string) {
	d.relations = append(d.relations, &spdx.Relationship{
		RefA: common.MakeDocElementID("", string(from)), RefB: common.MakeDocElementID("", string(to)), Relationship: how,
	})
}

// spdx orders and dresses it. Its name space is of the archive's sum, not of chance.
func (d *document) spdx() *spdx.Document {
	slices.SortFunc(d.modules, func(a, b *spdx.Package) int {
		return strings.Compare(string(a.PackageSPDXIdentifier), string(b.PackageSPDXIdentifier))
	})
	return &spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: "DOCUMENT", DocumentName: d.name,
		DocumentNamespace: "https://github.com/credential-iam/credential-iam/spdx/" + d.name + "-" + d.sum,
		CreationInfo: &spdx.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "credential-iam-sbom"}}, Created: d.created,
		},
		Packages: append(d.programs, d.modules...), Relationships: d.relations,
	}
}
