package issuer

import (
	"bytes"
	"sync"

	"github.com/credential-iam/credential-iam/helper"
)

// Bounds of what a plugin's output adds to the debug log.
const (
	maxLine  = 400
	maxLines = 200
)

// journal writes what a plugin prints to the debug log, a line at a time:
// cleaned, bounded, and without the secrets that were handed to it.
type journal struct {
	name string
	log  helper.Log

	mu      sync.Mutex
	secrets []string
	lines   int
}

func newJournal(name string, log helper.Log) *journal {
	return &journal{name: name, log: log}
}

// hide makes every later line and reason of the plugin show REDACTED instead.
func (j *journal) hide(secret string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.secrets = append(j.secrets, secret)
}

// clean returns outside text as one line without a secret, see [helper.Clean].
func (j *journal) clean(s string, limit int) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return helper.Clean(s, j.secrets, limit)
}

func (j *journal) print(line string) {
	line = j.clean(line, maxLine)
	j.mu.Lock()
	defer j.mu.Unlock()
	switch j.lines++; {
	case line == "" || j.lines > maxLines+1:
	case j.lines > maxLines:
		j.log.Printf("issuer %s: further lines are dropped", j.name)
	default:
		j.log.Printf("issuer %s: %s", j.name, line)
	}
}

// stream returns a writer for one of the plugin's outputs.
func (j *journal) stream() *stream { return &stream{journal: j} }

type stream struct {
	journal *journal
	mu      sync.Mutex
	partial []byte
}

// Write takes bytes of the plugin's output. It never fails.
func (s *stream) Write(p []byte) (int, error) {
	if s.journal.log == nil {
		return len(p), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		// A line is kept up to the size of a reply, so that no secret is cut in
		// two and escapes recognition.
		room := max(0, maxReply-len(s.partial))
		s.partial = append(s.partial, line[:min(len(line), room)]...)
		if ended {
			s.journal.print(string(s.partial))
			s.partial = s.partial[:0]
		}
		rest = after
	}
	return len(p), nil
}
