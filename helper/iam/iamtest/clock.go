package iamtest

import "time"

// Now is the Server's time: its clock plus its skew. Tokens, signatures and the
// Date header follow it.
func (s *Server) Now() time.Time {
	s.clockMu.Lock()
	defer s.clockMu.Unlock()
	return s.clock().Add(s.skew)
}

// SetClock replaces the clock; nil is the real one. The skew stays.
func (s *Server) SetClock(now func() time.Time) {
	if now == nil {
		now = time.Now
	}
	s.clockMu.Lock()
	defer s.clockMu.Unlock()
	s.clock = now
}

// SetSkew says how far the Server is ahead of its clock. A large one makes
// every token given out so far expire.
func (s *Server) SetSkew(d time.Duration) {
	s.clockMu.Lock()
	defer s.clockMu.Unlock()
	s.skew = d
}
