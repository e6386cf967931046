//go:build linux

package faraway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The network: here is where servers listen, and each name has an address behind it.
const (
	network = "10.9.0."
	here    = network + "1"
	device  = "far0"
)

// Network is one.
type Network struct {
	holder *exec.Cmd
	stdin  io.Closer
	dir    string
	tun    *os.File
}

// New makes a network in which the hosts are a round trip away.
func New(ctx context.Context, roundTrip time.Duration, hosts ...string) (n *Network, err error) {
	n = &Network{}
	defer func() {
		if err != nil {
			n.Close()
		}
	}()
	if n.dir, err = os.MkdirTemp("", "ciam-far-"); err != nil {
		return nil, err
	}
	names := "127.0.0.1 localhost\n"
	for i, host := range hosts {
		names += fmt.Sprintf("%s%d %s\n", network, i+2, host)
	}
	file := filepath.Join(n.dir, "hosts")
	if err := os.WriteFile(file, []byte(names), 0o644); err != nil {
		return nil, err
	}
	if err := n.hold(ctx, file); err != nil {
		return nil, err
	}
	if err := n.inside(func() error { n.tun, err = openDevice(); return err }); err != nil {
		return nil, fmt.Errorf("network device: %w", err)
	}
	for _, line := range []string{
		"link set lo up", "addr add " + here + "/24 dev " + device, "link set " + device + " up",
	} {
		args := append(n.Enter(), append([]string{"ip"}, strings.Fields(line)...)...)
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("ip %s: %w: %s", line, err, out)
		}
	}
	go reflect(n.tun, roundTrip/2)
	return n, nil
}

// hold starts the process that the namespaces live in. It ends with this one, whose pipe
// it reads.
func (n *Network) hold(ctx context.Context, hosts string) error {
	n.holder = exec.CommandContext(ctx, "unshare", "--net", "--mount", "sh", "-c",
		`mount --bind "$1" /etc/hosts && echo ready && exec cat`, "sh", hosts)
	var err error
	if n.stdin, err = n.holder.StdinPipe(); err != nil {
		return err
	}
	var says strings.Builder
	n.holder.Stderr = &says
	out, err := n.holder.StdoutPipe()
	if err == nil {
		err = n.holder.Start()
	}
	if err != nil {
		n.holder = nil
		return err
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		return fmt.Errorf("no namespace: %s", strings.TrimSpace(says.String()))
	}
	return nil
}

// inside runs f on a thread of its own in the network namespace.
func (n *Network) inside(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", n.holder.Process.Pid))
		if err == nil {
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
			_ = ns.Close()
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// Listen listens on a port, for all the hosts.
func (n *Network) Listen(port string) (l net.Listener, err error) {
	err = n.inside(func() error {
		l, err = net.Listen("tcp4", net.JoinHostPort(here, port))
		return err
	})
	return l, err
}

// Enter is what goes before a command and its arguments to run it in the network.
func (n *Network) Enter() []string {
	of := fmt.Sprintf("/proc/%d/ns/", n.holder.Process.Pid)
	return []string{"nsenter", "--net=" + of + "net", "--mount=" + of + "mnt", "--"}
}

// Close ends the network.
func (n *Network) Close() {
	if n.tun != nil {
		_ = n.tun.Close()
	}
	if n.holder != nil {
		_ = n.stdin.Close()
		_ = n.holder.Wait()
	}
	_ = os.RemoveAll(n.dir)
}

// openDevice makes the network device.
func openDevice() (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	request, err := unix.NewIfreq(device)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), device), nil
}
