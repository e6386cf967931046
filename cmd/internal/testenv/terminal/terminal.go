//go:build unix

// Package terminal lets tests sit at a terminal: it runs a program in a pseudo-terminal
// of 80 columns and types what a person would. It reads all that the program prints, and
// never waits for a time: only for a text, or for the end.
package terminal

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
)

// Columns and Rows are the size of the terminal.
const (
	Columns = 80
	Rows    = 24
)

// Session is a program at a terminal.
type Session struct {
	cmd *exec.Cmd
	tty *os.File

	mu   sync.Mutex
	news *sync.Cond
	said strings.Builder
	seen int // what Await has passed
	over bool
}

// Start runs a command with a terminal for all three streams, its controlling one.
func Start(cmd *exec.Cmd) (*Session, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: Rows, Cols: Columns})
	if err != nil {
		return nil, err
	}
	s := &Session{cmd: cmd, tty: tty}
	s.news = sync.NewCond(&s.mu)
	go s.read()
	return s, nil
}

// read collects what the program prints until nobody holds the terminal any more.
func (s *Session) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := s.tty.Read(buffer)
		s.mu.Lock()
		s.said.Write(buffer[:n])
		s.over = err != nil // EIO, once the last program has closed it
		s.news.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Await waits until the program has printed one of the texts after what was awaited
// before, and returns which; "" means that it ended without.
func (s *Session) Await(texts ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		rest := s.said.String()[s.seen:]
		at, found := len(rest), ""
		for _, text := range texts {
			if i := strings.Index(rest, text); i >= 0 && i < at {
				at, found = i, text
			}
		}
		if found != "" {
			s.seen += at + len(found)
			return found
		}
		if s.over {
			return ""
		}
		s.news.Wait()
	}
}

// Type types a text; "\r" is the Enter key and "\x03" is Ctrl-C.
func (s *Session) Type(text string) error {
	_, err := io.WriteString(s.tty, text)
	return err
}

// Wait waits for the end of the program and returns all that the screen has shown, with
// the ends of lines of a file, and the exit status, -1 after a signal.
func (s *Session) Wait() (screen string, code int, err error) {
	late := time.AfterFunc(time.Minute, func() { _ = s.cmd.Process.Kill() }) // it hangs
	defer late.Stop()
	err = s.cmd.Wait()
	for s.Await("\x00") != "" { // what it printed last
	}
	_ = s.tty.Close()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = nil
	}
	return strings.ReplaceAll(s.said.String(), "\r\n", "\n"), s.cmd.ProcessState.ExitCode(), err
}
