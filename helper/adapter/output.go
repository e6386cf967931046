package adapter

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// errClosed says that nobody receives the answer. Go's runtime has put the null
// device in the place of a standard output that was closed, and nothing tells that
// from one that the caller opened in the same way, for reading and writing (Python's
// subprocess.DEVNULL and Node's "ignore" do). Of the two mistakes the loud one is
// made: a client that waits for an answer must not take silence for success.
var errClosed = errors.New("standard output is closed, or the null device open for reading too (to throw the answer away, open it for writing alone: >/dev/null)")

// Output is standard output for an answer: a write that nobody receives fails.
func Output(w io.Writer) io.Writer { return output{w} }

type output struct{ io.Writer }

// Write implements io.Writer.
func (o output) Write(b []byte) (n int, err error) {
	if f, ok := o.Writer.(*os.File); ok && closed(f) {
		err = errClosed
	} else {
		n, err = o.Writer.Write(b)
	}
	if err != nil {
		err = fmt.Errorf("write the answer: %w", err)
	}
	return n, err
}
