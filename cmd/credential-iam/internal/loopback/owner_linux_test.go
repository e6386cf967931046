package loopback

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// stranger is a user id of nobody's.
const stranger = 39999

// TestMain is also the other user's client: "ask ADDRESS" sends one request and prints
// the answer.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "ask" {
		ask(os.Args[2])
		return
	}
	os.Exit(m.Run())
}

func ask(address string) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		os.Exit(3)
	}
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	_, _ = io.Copy(os.Stdout, c)
}

// asStranger has another user ask.
func asStranger(t *testing.T, address string) string {
	t.Helper()
	parts.Root(t)
	dir, err := os.MkdirTemp("", "ciam-") // t.TempDir is in a folder that others cannot enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := dir + "/ask"
	b, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = errors.Join(os.WriteFile(program, b, 0o755), os.Chmod(dir, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "ask", address)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the other user's client: %v", err)
	}
	return string(out)
}

// serving serves an answer that no stranger may see and returns the address.
func serving(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- Serve(ctx, Guard(l, true), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "for this user")
		}), time.Second)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func get(t *testing.T, c *http.Client, address string) string {
	t.Helper()
	res, err := c.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return string(b)
}

// TestGuard answers this user and nobody else.
func TestGuard(t *testing.T) {
	if !Knows() {
		t.Fatal("the kernel does not tell who is at the other end")
	}
	address := serving(t)
	if got := get(t, http.DefaultClient, address); got != "for this user" {
		t.Errorf("this user got %q", got)
	}
	if got := asStranger(t, address); !strings.HasPrefix(got, "HTTP/1.1 403 ") || !strings.HasSuffix(got, "the user who runs it only\n") {
		t.Errorf("another user got %q", got)
	}
}

// TestGuardMapped has a client whose socket is one of IPv6, as Java's are.
func TestGuardMapped(t *testing.T) {
	address := netip.MustParseAddrPort(serving(t))
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		parts.Missing(t, "no IPv6 here: %v", err)
	}
	defer unix.Close(fd)
	if err := unix.Connect(fd, &unix.SockaddrInet6{Port: int(address.Port()), Addr: address.Addr().As16()}); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(fd, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := unix.Read(fd, b)
	if err != nil || !strings.HasPrefix(string(b[:n]), "HTTP/1.1 200 ") {
		t.Errorf("%q, %v", b[:n], err)
	}
}

// TestOwner asks both ways, of connections that are there and that have gone.
func TestOwner(t *testing.T) {
	for name, owner := range map[string]func(local, remote netip.AddrPort) (int, error){"sock_diag": ownerByDiag, "/proc": ownerByProc, "either": owner} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			near, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			far, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer far.Close()
			local, _ := addrPort(near.LocalAddr())
			remote, _ := addrPort(near.RemoteAddr())
			if uid, err := owner(local, remote); err != nil || uid != os.Geteuid() {
				t.Errorf("owner = %d, %v; want %d", uid, err, os.Geteuid())
			}
			// A socket that nobody has open belongs to nobody, though the kernel still
			// has it: root would be taken for its owner.
			_ = near.Close()
			if uid, err := owner(local, remote); err == nil {
				t.Errorf("a closed socket belongs to %d", uid)
			}
			// Nor does a listening one stand for it.
			free := netip.AddrPortFrom(local.Addr(), remote.Port())
			if uid, err := owner(free, netip.AddrPortFrom(local.Addr(), 1)); err == nil {
				t.Errorf("a listening socket belongs to %d", uid)
			}
		})
	}
}

// FuzzReadDiag has any message for an answer of the kernel's.
func FuzzReadDiag(f *testing.F) {
	m := make([]byte, unix.NLMSG_HDRLEN+lenDiagMsg)
	binary.NativeEndian.PutUint16(m[4:], sockDiagByFamily)
	binary.BigEndian.PutUint16(m[unix.NLMSG_HDRLEN+4:], 1)
	binary.BigEndian.PutUint16(m[unix.NLMSG_HDRLEN+6:], 2)
	m[unix.NLMSG_HDRLEN+68] = 7
	f.Add(m)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		uid, err := readDiag(b, 1, 2)
		if err == nil && (len(b) < len(m) || uid < 0) {
			t.Errorf("%d of %d bytes", uid, len(b))
		}
	})
}

// TestReadDiag has the kernel tell of another socket than the one that was asked for.
func TestReadDiag(t *testing.T) {
	const ours, connected = 1000, 1
	for name, c := range map[string]struct {
		state         byte
		local, remote uint16
		inode         uint32
		good          bool
	}{
		"it": {connected, 1, 2, 7, true}, "another port": {connected, 3, 2, 7, false}, "of another": {connected, 1, 3, 7, false},
		"listening": {listening, 1, 2, 7, false}, "nobody's": {connected, 1, 2, 0, false},
	} {
		b := make([]byte, unix.NLMSG_HDRLEN+lenDiagMsg)
		m := b[unix.NLMSG_HDRLEN:]
		binary.NativeEndian.PutUint16(b[4:], sockDiagByFamily)
		binary.BigEndian.PutUint16(m[4:], c.local)
		binary.BigEndian.PutUint16(m[6:], c.remote)
		binary.NativeEndian.PutUint32(m[64:], ours)
		binary.NativeEndian.PutUint32(m[68:], c.inode)
		m[1] = c.state
		if uid, err := readDiag(b, 1, 2); (err == nil) != c.good || c.good && uid != ours {
			t.Errorf("%s: %d, %v", name, uid, err)
		}
	}
}

// TestReadTable reads the kernel's own form.
func TestReadTable(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1 0 100 0 0 10 0
   1: 0100007F:D431 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 101 1 0 20 4 30 10 -1
   3: 0100007F:D434 0100007F:1F90 0A 00000000:00000000 00:00000000 00000000     0        0 103 1 0 20 4 30 10 -1
   2: 0100007F:D432 0100007F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
`
	for _, tt := range []struct {
		port uint16
		uid  int
		ok   bool
	}{{0xD431, 1000, true}, {0xD432, 0, false}, {0xD433, 0, false}, {0xD434, 0, false}} {
		local := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), tt.port)
		remote := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), 0x1F90)
		if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
			t.Skip("the table is of a little-endian machine")
		}
		if uid, ok := readTable(table, procAddress(local, false), procAddress(remote, false)); uid != tt.uid || ok != tt.ok {
			t.Errorf("port %x: %d, %v", tt.port, uid, ok)
		}
	}
}

// TestGuardBounded keeps connections open and sends nothing: others are still answered
// when the silent ones have had their time, and a stranger's do not count.
func TestGuardBounded(t *testing.T) {
	address := serving(t)
	for range most {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	client := &http.Client{Timeout: time.Minute} // the silent ones stay for longer
	if got := get(t, client, address); got != "for this user" {
		t.Errorf("got %q", got)
	}
}
