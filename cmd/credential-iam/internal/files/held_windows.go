package files

import (
	"errors"

	"golang.org/x/sys/windows"
)

// held reports whether a change failed because somebody has the file open. Windows calls
// that a sharing violation or, where a file would be replaced, a denial, as it calls what
// a person may not do: then it is asked whether the file can be had alone.
func held(path string, err error) bool {
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		err = alone(path)
	}
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_LOCK_VIOLATION)
}

// alone opens a file that nobody else has open.
func alone(path string) error {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ, 0, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return err
	}
	return windows.CloseHandle(h)
}
