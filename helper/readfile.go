package helper

import (
	"errors"
	"io/fs"
	"strconv"
)

// MaxFile bounds a file of a configuration: one that is larger is something else.
const MaxFile = 1 << 20

// ErrNotRegular is the error of what is no file: a folder, a pipe, a device.
var ErrNotRegular = errors.New("it is not a regular file")

// ErrPipe is the error of a named pipe, or of a shell's process substitution. It is
// an ErrNotRegular.
var ErrPipe = notRegular("it is a pipe, which can be read only once")

// notRegular is an ErrNotRegular that says what is there.
type notRegular string

// Error says what is there.
func (n notRegular) Error() string { return string(n) }

// Is reports whether target is ErrNotRegular.
func (n notRegular) Is(target error) bool { return target == ErrNotRegular || target == error(n) }

// kindError returns the error of what is no file.
func kindError(mode fs.FileMode) error {
	switch {
	case mode.IsDir():
		return notRegular("it is a folder")
	case mode&fs.ModeNamedPipe != 0:
		return ErrPipe
	}
	return ErrNotRegular
}

// tooLarge is the error of a file of more than limit bytes.
func tooLarge(limit int) error {
	return errors.New("it is larger than " + strconv.Itoa(limit) + " bytes")
}
