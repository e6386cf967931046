package loopback

import (
	"net"
	"sync"
	"time"
)

const (
	// most is how many connections are served at a time. More wait in the kernel's
	// queue for the next.
	most = 128
	// mostStrangers is how many are told so at a time; the others are closed.
	mostStrangers = 16
	// strangerTime is how long a stranger has to read that.
	strangerTime = time.Second
)

// forbidden is the whole answer to another user's process.
const forbidden = "HTTP/1.1 403 Forbidden\r\nMetadata-Flavor: Google\r\nContent-Type: application/text\r\nConnection: close\r\n" +
	"Content-Length: 66\r\n\r\ncredential-iam answers the processes of the user who runs it only\n"

// Guard returns l for the connections of this process's user alone, a bounded number
// at a time. check is false where the kernel does not tell who is there.
func Guard(l net.Listener, check bool) net.Listener {
	return &guard{Listener: l, check: check, free: make(chan struct{}, most), strangers: make(chan struct{}, mostStrangers)}
}

type guard struct {
	net.Listener
	check           bool
	free, strangers chan struct{}
}

// Accept returns the next connection of this user.
func (g *guard) Accept() (net.Conn, error) {
	g.free <- struct{}{}
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			<-g.free
			return nil, err
		}
		if !g.check || ours(c) {
			return &conn{Conn: c, release: sync.OnceFunc(func() { <-g.free })}, nil
		}
		g.refuse(c)
	}
}

// refuse tells a stranger so, once it has begun to ask: an answer that nobody asked
// for is a fault to a client. What it asks is not looked at.
func (g *guard) refuse(c net.Conn) {
	select {
	case g.strangers <- struct{}{}:
	default:
		_ = c.Close()
		return
	}
	go func() {
		defer func() { <-g.strangers }()
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(strangerTime))
		b := make([]byte, 4<<10)
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if _, err := c.Write([]byte(forbidden)); err != nil {
			return
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		// A close with bytes unread would take the answer back.
		for n < 64<<10 {
			k, err := c.Read(b)
			if err != nil {
				return
			}
			n += k
		}
	}()
}

// conn gives its place back when it is closed.
type conn struct {
	net.Conn
	release func()
}

// Close closes the connection.
func (c *conn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
