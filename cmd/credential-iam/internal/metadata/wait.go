package metadata

import (
	"net/http"
	"strconv"
	"time"
)

// waitAtMost bounds how long a request waits for a change. Nothing ever changes: who
// asks in a loop is slowed down, and nobody hangs.
const waitAtMost = 10 * time.Second

// wait waits as long as a change is waited for, or until the client has gone.
func (s *Server) wait(r *http.Request, seconds string) {
	limit := waitAtMost
	if n, err := strconv.Atoi(seconds); err == nil && n >= 0 && n < int(waitAtMost/time.Second) {
		limit = time.Duration(n) * time.Second
	}
	select {
	case <-time.After(limit):
	case <-r.Context().Done():
	}
}
