package main

import (
	"context"
	"io"
)

// exitInterrupted is what a shell says of a program that Ctrl-C ended, 128 and the
// signal's number.
const exitInterrupted = 130

// input is standard input for a command that a person typed: it ends with ctx, also
// where a read waits.
func (a *app) input(ctx context.Context) io.Reader {
	return readerFunc(func(p []byte) (int, error) { return readUntil(ctx, a.stdin, p) })
}

// noteTyping tells a person at the terminal that a command waits for what it reads.
func (a *app) noteTyping(what string) {
	if a.onTerminal() {
		a.note("reading %s from the terminal; end it with Ctrl-D", what)
	}
}

// readerFunc is a function that reads.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// readUntil reads once, or returns why ctx ended. The read that waits then is left
// behind, with memory of its own, for the end of the process.
func readUntil(ctx context.Context, r io.Reader, p []byte) (int, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	type result struct {
		n   int
		err error
	}
	own, done := make([]byte, len(p)), make(chan result, 1)
	go func() {
		n, err := r.Read(own)
		done <- result{n, err}
	}()
	select {
	case got := <-done:
		copy(p, own[:got.n])
		clear(own) // it may hold a credential file
		return got.n, got.err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}
