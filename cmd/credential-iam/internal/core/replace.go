package core

import (
	"bytes"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
)

// replaceFile puts a credential file in the place of one that has not changed since
// it was read, with its mode, its owner and the links to it.
func replaceFile(path string, old, now []byte) error {
	f, err := files.Read(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(f.Raw, old) {
		return files.ErrChanged
	}
	return f.Write(now)
}
