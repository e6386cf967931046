//go:build linux

package guest

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// Host is this machine's loopback address, in the guest.
const Host = "10.0.2.2"

// Reply is what came of a script.
type Reply struct {
	Stdout, Stderr string
	Code           int
}

// Guest is one.
type Guest struct {
	dir      string
	emulator *exec.Cmd
	ended    chan struct{}
	serial   net.Conn
	control  *monitor

	mu      sync.Mutex
	number  int
	waiting map[string]chan Reply
}

// Start boots a guest with what .ci/guest has made in from, and with trees: folders of
// this machine, at the same path and of the same owner. It ends with [Guest.Close].
func Start(from string, trees ...string) (g *Guest, err error) {
	g = &Guest{ended: make(chan struct{}), waiting: map[string]chan Reply{}}
	if g.dir, err = os.MkdirTemp("", "ciam-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			g.Close()
		}
	}()
	root := filepath.Join(g.dir, "root")
	f, err := os.Create(root)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(f)
	if err := errors.Join(image(w, from, trees), w.Flush(), f.Close()); err != nil {
		return nil, fmt.Errorf("root of the guest: %w", err)
	}
	g.emulator = exec.Command("qemu-system-x86_64", "-M", "pc", "-accel", "tcg", "-cpu", "max", "-m", "384", "-nodefaults", "-no-reboot", "-display", "none",
		"-kernel", filepath.Join(from, "vmlinuz"), "-initrd", root, "-append", "console=ttyS0 quiet panic=-1 no_timer_check",
		"-nic", "user,model=virtio-net-pci", "-serial", "file:"+g.path("console"),
		"-device", "virtio-serial-pci", "-chardev", "socket,id=port,server=on,wait=off,path="+g.path("serial"), "-device", "virtserialport,chardev=port",
		"-qmp", "unix:"+g.path("control")+",server=on,wait=off")
	said, err := os.Create(g.path("said"))
	if err != nil {
		return nil, err
	}
	defer said.Close()
	g.emulator.Stdout, g.emulator.Stderr = said, said
	if err := g.emulator.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(g.ended)
		_ = g.emulator.Wait()
	}()
	return g, g.connect()
}

func (g *Guest) path(name string) string { return filepath.Join(g.dir, name) }

// connect waits until the guest runs scripts.
func (g *Guest) connect() error {
	err := testenv.Await("the emulator", func() bool {
		var err error
		if g.serial == nil {
			if g.serial, err = net.Dial("unix", g.path("serial")); err != nil {
				g.serial = nil
				return false
			}
		}
		g.control, err = newMonitor(g.path("control"))
		return err == nil
	})
	if err != nil {
		return g.withWords(err)
	}
	ready := make(chan struct{})
	go g.read(ready)
	select {
	case <-ready:
		return nil
	case <-g.ended:
		return g.withWords(errors.New("the emulator ended"))
	case <-time.After(4 * testenv.Patience):
		return g.withWords(errors.New("the guest did not start"))
	}
}

// withWords is err with what the emulator and the guest have said.
func (g *Guest) withWords(err error) error {
	said, _ := os.ReadFile(g.path("said"))
	console, _ := os.ReadFile(g.path("console"))
	return fmt.Errorf("%w\n%s\n%.4000s", err, said, console)
}

// read hands each reply to who waits for it.
func (g *Guest) read(ready chan<- struct{}) {
	lines := bufio.NewScanner(g.serial)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "ready" {
			close(ready)
			continue
		}
		f := strings.Fields(line)
		if len(f) != 4 {
			continue
		}
		code, err := strconv.Atoi(f[1])
		stdout, err1 := base64.StdEncoding.DecodeString(strings.TrimSuffix(f[2], "."))
		stderr, err2 := base64.StdEncoding.DecodeString(strings.TrimSuffix(f[3], "."))
		if err := errors.Join(err, err1, err2); err != nil {
			code, stderr = -1, []byte(err.Error())
		}
		g.mu.Lock()
		if to := g.waiting[f[0]]; to != nil {
			to <- Reply{Stdout: string(stdout), Stderr: string(stderr), Code: code}
		}
		g.mu.Unlock()
	}
}

// Run runs a shell script as root, beside others that may run.
func (g *Guest) Run(ctx context.Context, script string) (Reply, error) {
	to := make(chan Reply, 1)
	g.mu.Lock()
	g.number++
	id := strconv.Itoa(g.number)
	g.waiting[id] = to
	_, err := fmt.Fprintf(g.serial, "%s %s\n", id, base64.StdEncoding.EncodeToString([]byte(script)))
	g.mu.Unlock()
	if err != nil {
		return Reply{}, err
	}
	select {
	case r := <-to:
		return r, nil
	case <-g.ended:
		return Reply{}, g.withWords(errors.New("the guest ended"))
	case <-ctx.Done():
		return Reply{}, g.withWords(fmt.Errorf("no reply: %w", ctx.Err()))
	}
}

// Close ends the guest, and leaves nothing of it.
func (g *Guest) Close() {
	if g.emulator != nil && g.emulator.Process != nil {
		_ = g.emulator.Process.Kill()
		<-g.ended
	}
	if g.control != nil {
		_ = g.control.conn.Close()
	}
	if g.serial != nil {
		_ = g.serial.Close()
	}
	_ = os.RemoveAll(g.dir)
}
