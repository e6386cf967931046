// Archive writes the archive of a release, FILE.tar.gz or FILE.zip: one folder of the
// archive's name with the files of all the folders DIR in it. The same files and time
// give the same bytes; of a file's mode it keeps whether it can be run.
//
//	archive -time SECONDS -out FILE DIR...
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	seconds := flag.Int64("time", 0, "the time of everything, in `seconds` since 1970")
	out := flag.String("out", "", "the archive, a `file`")
	flag.Parse()
	if err := run(*out, time.Unix(*seconds, 0).UTC(), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "archive: "+err.Error())
		os.Exit(1)
	}
}

// file is a file on the disk, and its name in the archive.
type file struct {
	name, path string
	mode       fs.FileMode
}

func run(out string, at time.Time, dirs []string) error {
	stem, zipped := strings.CutSuffix(out, ".zip")
	if !zipped {
		stem = strings.TrimSuffix(out, ".tar.gz")
	}
	files, err := find(filepath.Base(stem), dirs)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	if zipped {
		err = writeZip(f, files, at)
	} else {
		err = writeTar(f, files, at)
	}
	return errors.Join(err, f.Close())
}

// find lists the files of the folders by their names in the archive, in order.
func find(folder string, dirs []string) ([]file, error) {
	var files []file
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			within, err := filepath.Rel(dir, name)
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			mode := fs.FileMode(0o644)
			if info.Mode()&0o100 != 0 {
				mode = 0o755
			}
			files = append(files, file{path.Join(folder, filepath.ToSlash(within)), name, mode})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return files, nil
}

func writeTar(w io.Writer, files []file, at time.Time) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	for _, f := range files {
		data, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		h := tar.Header{Format: tar.FormatUSTAR, Name: f.name, Mode: int64(f.mode), Size: int64(len(data)), ModTime: at, Uname: "root", Gname: "root"}
		if err := t.WriteHeader(&h); err != nil {
			return err
		}
		if _, err := t.Write(data); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), z.Close())
}

func writeZip(w io.Writer, files []file, at time.Time) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		data, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		h := zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at}
		h.SetMode(f.mode)
		to, err := z.CreateHeader(&h)
		if err != nil {
			return err
		}
		if _, err := to.Write(data); err != nil {
			return err
		}
	}
	return z.Close()
}
