package helper

import (
	"errors"
	"io/fs"
	"strconv"
)

// maxFile bounds a file of a configuration: one that is larger is not what we
// look for.
const maxFile = 1 << 20

var errNotRegular = errors.New("it is not a regular file")

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
