package issuertest

import (
	"bytes"
	"net/http"
	"sync/atomic"
	"testing"
)

// Stream answers without an end, until the client gives up, and counts the bytes.
func Stream(w http.ResponseWriter, r *http.Request, written *atomic.Int64) {
	w.Header().Set("Content-Type", "application/json")
	chunk := bytes.Repeat([]byte(" "), 32<<10)
	for r.Context().Err() == nil {
		n, err := w.Write(chunk)
		written.Add(int64(n))
		if err != nil {
			return
		}
	}
}

// WantBounded checks that a plugin failed, and has read a part of what was streamed:
// a megabyte in each of a few attempts, and what the system's buffers hold.
func WantBounded(t *testing.T, err error, written *atomic.Int64) {
	t.Helper()
	const most = 4 * (1<<20 + 8<<20)
	if n := written.Load(); err == nil || n == 0 || n > most {
		t.Errorf("%d bytes were sent, want some and at most %d: %v", n, most, err)
	}
}
