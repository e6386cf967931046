//go:build !unix

package helper

import "os"

// readFile reads a small regular file whole.
func readFile(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := readable(path, st); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// readable returns why a file is not to be read.
func readable(path string, st os.FileInfo) error {
	switch {
	case !st.Mode().IsRegular():
		return &os.PathError{Op: "read", Path: path, Err: errNotRegular}
	case st.Size() > maxFile:
		return &os.PathError{Op: "read", Path: path, Err: errTooLarge}
	}
	return nil
}
