package iamtest

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"time"
)

// Endless names a reply that has no end: it goes on until the client gives up.
type Endless string

// The endless replies: a body as fast as it is read, a byte now and then, one that
// gzip made small, header fields, and interim replies.
const (
	EndlessBody    Endless = "body"
	EndlessDrip    Endless = "drip"
	EndlessPacked  Endless = "packed"
	EndlessHeaders Endless = "headers"
	EndlessInterim Endless = "interim"
)

// Streamed counts the bytes of all endless replies that were written.
func (s *Server) Streamed() int64 { return s.streamed.Load() }

// stream writes an endless reply.
func (s *Server) stream(w http.ResponseWriter, q *request, f *Fault) {
	out := &counted{w, s}
	status := f.Status
	if status == 0 {
		status = http.StatusOK
	}
	chunk := strings.Repeat("x", 32<<10)
	switch f.Endless {
	case EndlessHeaders, EndlessInterim:
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic("stand-in: " + err.Error()) // HTTP/2 has no such thing
		}
		defer conn.Close()
		out.to = conn
		begin, more := "HTTP/1.1 200 OK\r\n", "X-More: "+chunk[:1000]+"\r\n"
		if f.Endless == EndlessInterim {
			begin, more = "", "HTTP/1.1 103 Early Hints\r\n"+more+"\r\n"
		}
		for err = out.write(begin); err == nil; err = out.write(more) {
			continue
		}
		return
	case EndlessPacked:
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		// What is packed one after the other is unpacked as one.
		begin, more := pack(`{"x":"`), pack(chunk)
		for err := out.write(begin); err == nil && q.Context().Err() == nil; err = out.write(more) {
			continue
		}
		return
	}
	w.WriteHeader(status)
	for err := out.write(`{"x":"`); err == nil && q.Context().Err() == nil; err = out.write(chunk) {
		if f.Endless == EndlessDrip {
			chunk = "x"
			err = http.NewResponseController(w).Flush()
			s.wait(q.Request, 10*time.Millisecond)
		}
		if err != nil {
			return
		}
	}
}

// pack is a text as gzip makes it small.
func pack(text string) string {
	var b strings.Builder
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text) // a Builder takes everything
	_ = z.Close()
	return b.String()
}

// counted counts what is written to it.
type counted struct {
	to io.Writer
	s  *Server
}

// Write implements io.Writer.
func (c *counted) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.s.streamed.Add(int64(n))
	return n, err
}

func (c *counted) write(s string) error {
	_, err := io.WriteString(c, s)
	return err
}
