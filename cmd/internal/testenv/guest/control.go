//go:build linux

package guest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// monitor is the emulator's control (QMP).
type monitor struct {
	mu   sync.Mutex
	conn net.Conn
	in   *json.Decoder
}

func newMonitor(path string) (*monitor, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	m := &monitor{conn: conn, in: json.NewDecoder(conn)}
	if _, err := m.do("qmp_capabilities"); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return m, nil
}

// do has the emulator do something, and returns the machine's state if it says that.
func (m *monitor) do(command string) (status string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.conn.SetDeadline(time.Now().Add(testenv.Patience)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(m.conn, "{\"execute\":%q}\n", command); err != nil {
		return "", err
	}
	for { // a greeting and events come between
		var r struct {
			Return *struct {
				Status string `json:"status"`
			} `json:"return"`
			Error *struct {
				Desc string `json:"desc"`
			} `json:"error"`
		}
		switch err := m.in.Decode(&r); {
		case err != nil:
			return "", err
		case r.Error != nil:
			return "", fmt.Errorf("%s: %s", command, r.Error.Desc)
		case r.Return != nil:
			return r.Return.Status, nil
		}
	}
}

// SetClock sets the guest's clock ahead, or back, of what it is.
func (g *Guest) SetClock(ctx context.Context, by time.Duration) error {
	return g.must(ctx, fmt.Sprintf("date -s @$(($(date +%%s) + %d))", int(by.Seconds())))
}

// Sleep suspends the guest to its memory as somebody who closes the lid does: its
// clocks run on.
func (g *Guest) Sleep(ctx context.Context, during func()) error {
	woken := make(chan error, 1)
	go func() { woken <- g.must(ctx, "echo mem >/sys/power/state") }()
	if err := g.await("suspended"); err != nil {
		return err
	}
	during()
	if _, err := g.control.do("system_wakeup"); err != nil {
		return err
	}
	return <-woken
}

// Stop stops the guest as who moves or saves a virtual machine does: its clocks stand
// still, and it cannot know.
func (g *Guest) Stop(during func()) error {
	if _, err := g.control.do("stop"); err != nil {
		return err
	}
	if err := g.await("paused"); err != nil {
		return err
	}
	during()
	_, err := g.control.do("cont")
	return err
}

func (g *Guest) await(state string) error {
	var err error
	err2 := testenv.Await("the guest to be "+state, func() bool {
		var is string
		is, err = g.control.do("query-status")
		return err != nil || is == state
	})
	if err != nil {
		return err
	}
	return err2
}

func (g *Guest) must(ctx context.Context, script string) error {
	r, err := g.Run(ctx, script)
	if err == nil && r.Code != 0 {
		err = fmt.Errorf("%s: exit status %d: %s", script, r.Code, r.Stderr)
	}
	return err
}
