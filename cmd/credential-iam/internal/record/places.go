package record

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
)

// Makes notes the folders that are going to be made for a file or a link.
func (b *Book) Makes(path string) {
	for _, dir := range files.Missing(filepath.Dir(path)) {
		if filepath.IsAbs(dir) && !slices.Contains(b.Folders, dir) {
			b.Folders = append(b.Folders, dir)
		}
	}
}

// MakesLink notes a link that is going to be made.
func (b *Book) MakesLink(path string) {
	if filepath.IsAbs(path) && !slices.Contains(b.Links, path) {
		b.Links = append(b.Links, path)
	}
	b.Makes(path)
}

// MakesItself notes the folders that are going to be made for the book.
func (b *Book) MakesItself() {
	if b.file != nil && len(b.Files)+len(b.Folders)+len(b.Links) > 0 {
		b.Makes(b.file.Target())
	}
}

// Sweep removes the folders that configure made and that are empty, once the files are
// gone: what somebody else has put in one keeps it. The book itself goes with the last
// entry.
func (b *Book) Sweep(ctx context.Context) error {
	if b.file == nil || len(b.Folders)+len(b.Links) == 0 {
		return nil
	}
	b.Links = slices.DeleteFunc(b.Links, gone)
	own := func(dir string) bool { return strings.HasPrefix(b.file.Target(), dir+string(filepath.Separator)) }
	left := sweep(slices.DeleteFunc(slices.Clone(b.Folders), own))
	mine := slices.DeleteFunc(b.Folders, func(dir string) bool { return !own(dir) })
	b.Folders = slices.Concat(left, mine)
	if len(b.Files)+len(b.Links) == 0 {
		b.Folders = nil // what is left is somebody else's now
	}
	var err error
	if b.file, err = files.Read(b.file.Path); err != nil {
		return err
	}
	if s := b.Step(false); s != nil {
		err = files.Apply(ctx, s)
	}
	if err == nil && b.Folders == nil {
		sweep(mine)
	}
	return err
}

// sweep removes folders that are empty, innermost first, and returns those that stay.
func sweep(dirs []string) []string {
	slices.SortFunc(dirs, func(a, b string) int { return len(b) - len(a) })
	return slices.DeleteFunc(dirs, func(dir string) bool { return os.Remove(dir) == nil || gone(dir) })
}

// gone reports whether nothing is at a path.
func gone(path string) bool {
	_, err := os.Lstat(path)
	return os.IsNotExist(err)
}
