package loopback

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// queue is a listener of connections that are there already.
type queue struct {
	net.Listener
	waiting chan net.Conn
}

func (q queue) Accept() (net.Conn, error) { return <-q.waiting, nil }

// TestStrangers has more of them than there are places: this user's connection behind
// them is served, and no more than a few of theirs are kept to be told so.
func TestStrangers(t *testing.T) {
	if !Knows() {
		t.Skip("the kernel does not tell who is at the other end")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	last, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	q := queue{l, make(chan net.Conn, 3*most)}
	var strangers []net.Conn
	for len(strangers) < 2*most {
		near, far := net.Pipe() // of which nobody can say whose it is
		strangers = append(strangers, near)
		q.waiting <- far
	}
	q.waiting <- last
	got := make(chan net.Conn)
	go func() {
		c, _ := Guard(q, true).Accept()
		got <- c
	}()
	select {
	case c := <-got:
		if c.RemoteAddr().String() != ours.LocalAddr().String() {
			t.Errorf("a stranger's connection is served: %v", c.RemoteAddr())
		}
		_ = c.Close()
	case <-time.After(10 * time.Second):
		t.Fatal("strangers have taken every place")
	}
	var kept []net.Conn
	until := time.Now().Add(strangerTime / 4)
	for _, c := range strangers {
		defer c.Close()
		_ = c.SetReadDeadline(until)
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			kept = append(kept, c)
		}
	}
	if len(kept) > most/4 {
		t.Errorf("%d strangers are kept, more than a few", len(kept))
	}
	for _, c := range kept { // who says nothing
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("a silent stranger is kept: %v", err)
			break
		}
	}
}
