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

// missing is the error of a file that is not there.
type missing struct{}

// Error uses the same words on every system.
func (missing) Error() string { return "the file does not exist" }

// Is reports whether target is fs.ErrNotExist.
func (missing) Is(target error) bool { return target == fs.ErrNotExist }

// tooLarge is the error of a file of more than limit bytes.
func tooLarge(limit int) error {
	return errors.New("it is larger than " + strconv.Itoa(limit) + " bytes")
}
