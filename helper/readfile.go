package helper

import "errors"

var (
	errNotRegular = errors.New("not a regular file")
	errTooLarge   = errors.New("larger than a megabyte")
)

// maxFile bounds a file that is read whole: one that is larger is not what we
// look for, and a named pipe or a device would never end.
const maxFile = 1 << 20
