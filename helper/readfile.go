package helper

import (
	"errors"
	"io/fs"
	"strconv"
)

// MaxFile bounds a file of a configuration: one that is larger is not what we
// look for.
const MaxFile = 1 << 20

// ErrNotRegular is the error of what is no file: a folder, a pipe, a device.
var ErrNotRegular = errors.New("it is not a regular file")

// missing is the error of a file that is not there.
type missing struct{}

// Error tells it in words of the field: the system's own differ.
func (missing) Error() string { return "the file does not exist" }

// Is reports whether target is fs.ErrNotExist.
func (missing) Is(target error) bool { return target == fs.ErrNotExist }

// tooLarge is the error of a file of more than limit bytes.
func tooLarge(limit int) error {
	return errors.New("it is larger than " + strconv.Itoa(limit) + " bytes")
}
