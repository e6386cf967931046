package adapter

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// Call is one run of a program.
type Call struct {
	// Name is the program's, before each of its lines on standard error.
	Name string
	Args []string
	Env  helper.Env
	// Stdin is what the client writes, of any length: see Read.
	Stdin  io.Reader
	Stderr io.Writer

	stdout io.Writer
	answer []byte
	exec   mint.Exec
	tokens *Tokens
	own    Tokens // what tokens points to, unless Use gave another
}

// Tokens reads the configuration, once.
func (c *Call) Tokens() *Tokens {
	if c.tokens == nil {
		c.own = Tokens{Env: c.Env, Config: config.Load(c.Env), Exec: c.exec}
		c.tokens = &c.own
	}
	return c.tokens
}

// Use has the call answered otherwise than by the configuration and the core that
// are this program's.
func (c *Call) Use(k *Tokens) { c.tokens = k }

// Read reads standard input to its end; ok is false for more than limit bytes.
func (c *Call) Read(limit int) (b []byte, ok bool) {
	b, err := io.ReadAll(io.LimitReader(c.Stdin, int64(limit)+1))
	return b, err == nil && len(b) <= limit
}

// maxLine bounds what a line of standard input may have.
const maxLine = 4096

// Line returns the one line of standard input, without its end and blanks around
// it. Clients write a host with or without a newline, shells on Windows a blank
// and CRLF. Anything else, two lines or an unprintable byte for example, is not
// one: ok is false.
func (c *Call) Line() (line string, ok bool) {
	b, ok := c.Read(maxLine)
	if !ok || bytes.Count(b, []byte("\n")) > 2 { // "host\n\n" is one line and an empty one
		return "", false
	}
	line = strings.TrimLeft(strings.TrimRight(string(b), " \t\r\n"), " \t")
	for i := range len(line) {
		if line[i] <= ' ' || line[i] >= 0x7f {
			return "", false
		}
	}
	return line, line != ""
}

// Say adds to the answer on standard output.
func (c *Call) Say(text string) { c.answer = append(c.answer, text...) }

// SayJSON adds a line with a JSON object to the answer, see wire.Append.
func (c *Call) SayJSON(fields ...wire.Field) {
	if c.answer == nil {
		c.answer = make([]byte, 0, mostAnswer) // rather than through every smaller size
	}
	c.answer = append(wire.Append(c.answer, fields...), '\n')
}

// mostAnswer is what nearly every answer is shorter than: a token has one or two
// kilobytes.
const mostAnswer = 4 << 10

// Stdout is standard output itself, for another program that answers instead.
func (c *Call) Stdout() io.Writer { return c.stdout }

// Flush writes the answer so far, for a protocol that is a dialogue. The error
// says that nobody received it.
func (c *Call) Flush() error {
	if len(c.answer) == 0 {
		return nil
	}
	_, err := Output(c.stdout).Write(c.answer)
	c.answer = c.answer[:0]
	return err
}

// Note says on standard error what went wrong, in one line.
func (c *Call) Note(err error) { fmt.Fprintln(c.Stderr, Line(c.Name, err)) }

// Line returns an error as the one line that a program says, whatever program and
// whatever error: PROGRAM: ERROR. That of a [helper.Error] and of [Misused] ends with
// the command to run.
func Line(name string, err error) string { return name + ": " + helper.OneLine(err.Error(), 2000) }
