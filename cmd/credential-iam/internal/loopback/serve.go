package loopback

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// The times of a request, but for that of its answer.
const (
	headerTime = 5 * time.Second
	bodyTime   = 10 * time.Second
	maxHeader  = 16 << 10
)

// Serve answers the connections of l until ctx ends, which ends them too. An answer may
// take as long as answerTime.
func Serve(ctx context.Context, l net.Listener, h http.Handler, answerTime time.Duration) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: bodyTime + answerTime, MaxHeaderBytes: maxHeader,
		ErrorLog:    log.New(io.Discard, "", 0), // a client that hangs up is no news
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	s.SetKeepAlivesEnabled(false)
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	err := s.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
