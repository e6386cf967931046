package record

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/owner"
	"github.com/credential-iam/credential-iam/helper/trust"
)

// Trusted returns why the book is not to be believed, nil where nobody but this user and
// the administrator can have written it: it says what unconfigure writes into other
// files. Root believes that of the person whose home it is.
func (b *Book) Trusted(home string) error {
	if b.file == nil || !b.file.Exists() {
		return nil
	}
	real, _, e := trust.File(b.file.Path, trust.Ours)
	if e == nil || owner.Persons(home, real, filepath.Dir(real), filepath.Dir(b.file.Path)) {
		return nil
	}
	fix := e.Hint
	if !strings.HasPrefix(fix, "chmod ") { // it is somebody else's, or in a folder that is
		fix = files.Away(b.file.Path)
		if st, err := os.Lstat(real); err == nil && trust.Check(real, st, trust.Ours) == nil {
			fix = files.Away(filepath.Dir(b.file.Path))
		}
	}
	return &files.Error{Path: b.file.Path, Err: errors.New(e.Reason), Fix: fix}
}
