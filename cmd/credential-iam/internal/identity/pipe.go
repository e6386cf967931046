package identity

import (
	"context"
	"io/fs"
	"os"
)

// isPipe reports whether a path leads to a named pipe or to a shell's process
// substitution. It is not opened for that: who writes to it would see it closed.
func isPipe(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode()&fs.ModeNamedPipe != 0
}

// readPipe reads a pipe to its end, which may be a while away, or until ctx ends.
func readPipe(ctx context.Context, path string, limit int64) ([]byte, error) {
	type result struct {
		raw []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		f, err := os.Open(path) // waits for a writer
		if err != nil {
			done <- result{nil, err}
			return
		}
		defer f.Close()
		raw, err := readBounded(f, limit)
		done <- result{raw, err}
	}()
	select {
	case r := <-done:
		return r.raw, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
