package envtest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Internet is a proxy that leads host names to servers on loopback.
type Internet struct {
	// URL is the proxy's.
	URL string

	mu     sync.Mutex
	routes map[string]string // host in lower case:port -> address
}

// NewInternet starts a proxy that leads nowhere yet.
func NewInternet(t testing.TB) *Internet {
	n := &Internet{routes: map[string]string{}}
	s := httptest.NewServer(n)
	t.Cleanup(s.CloseClientConnections)
	t.Cleanup(s.Close)
	n.URL = s.URL
	return n
}

// Lead makes a host (port 443 unless it has one) that of the server at baseURL.
func (n *Internet) Lead(host, baseURL string) {
	if !strings.Contains(host, ":") {
		host += ":443"
	}
	_, address, _ := strings.Cut(baseURL, "://")
	n.mu.Lock()
	defer n.mu.Unlock()
	n.routes[strings.ToLower(host)] = address
}

// ServeHTTP serves the CONNECT requests.
func (n *Internet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	address := n.routes[strings.ToLower(r.Host)]
	n.mu.Unlock()
	if r.Method != http.MethodConnect || address == "" {
		http.Error(w, "no such host", http.StatusBadGateway)
		return
	}
	to, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	from, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = to.Close()
		return
	}
	_, _ = io.WriteString(from, "HTTP/1.1 200 Connected\r\n\r\n")
	go pipe(to, from, buffered.Reader)
	go pipe(from, to, bufio.NewReader(to))
}

// pipe copies until either end closes, and then closes both.
func pipe(to, from net.Conn, in io.Reader) {
	_, _ = io.Copy(to, in)
	_ = to.Close()
	_ = from.Close()
}
