package issuer

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/go-plugin"

	"github.com/credential-iam/credential-iam/helper"
)

// maxGreeting bounds the line with which a plugin greets its host; a real one
// has 700 to 900 bytes, most of them the certificate.
const maxGreeting = 4 << 10

// greeting reads a plugin's standard output for go-plugin: it lets the first
// line through, keeps a copy to judge it by, and drops what follows. A line
// that does not end is the end of the stream.
type greeting struct {
	r io.ReadCloser

	mu   sync.Mutex
	line []byte
	done bool
}

func (g *greeting) Close() error { return g.r.Close() }

func (g *greeting) Read(p []byte) (int, error) {
	g.mu.Lock()
	done, room := g.done, maxGreeting-len(g.line)
	g.mu.Unlock()
	switch {
	case !done && room <= 0:
		return 0, io.EOF
	case done:
		_, err := io.Copy(io.Discard, g.r)
		if err == nil {
			err = io.EOF
		}
		return 0, err
	}
	n, err := g.r.Read(p[:min(len(p), room)])
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := bytes.IndexByte(p[:n], '\n'); i >= 0 {
		n, g.done = i+1, true
	}
	g.line = append(g.line, p[:n]...)
	return n, err
}

// judge says what is wrong with the line and who must act, or "" if nothing is
// or no line came.
func (g *greeting) judge() (string, helper.Who) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(bytes.TrimSpace(g.line)) == 0 && len(g.line) < maxGreeting {
		return "", ""
	}
	return judge(string(g.line), g.done)
}

// judge checks a greeting: CORE|APP|NETWORK|ADDRESS|grpc|CERTIFICATE[|MUX], one
// line (go-plugin, docs/internals.md).
func judge(line string, whole bool) (string, helper.Who) {
	f := strings.Split(strings.TrimSpace(line), "|")
	if !whole || len(f) < 4 {
		return notGreeting(line), helper.PluginAuthor
	}
	core, err1 := strconv.Atoi(f[0])
	app, err2 := strconv.Atoi(f[1])
	switch {
	case err1 != nil || err2 != nil:
		return notGreeting(line), helper.PluginAuthor
	case core != plugin.CoreProtocolVersion:
		return fmt.Sprintf("it speaks version %d of go-plugin's own protocol and this credential-iam version %d", core, plugin.CoreProtocolVersion), helper.PluginAuthor
	case app > ProtocolVersion:
		return fmt.Sprintf("it speaks version %d of the issuer protocol and this credential-iam only version %d: upgrade credential-iam", app, ProtocolVersion), helper.User
	case app != ProtocolVersion:
		return fmt.Sprintf("it speaks version %d of the issuer protocol and this credential-iam version %d: upgrade the plugin", app, ProtocolVersion), helper.PluginAuthor
	case len(f) < 5 || f[4] != "grpc":
		return "it does not speak gRPC", helper.PluginAuthor
	case len(f) < 6 || len(f[5]) <= 50:
		return "it has no certificate, so that the connection to it would not be private", helper.PluginAuthor
	}
	return "", ""
}

func notGreeting(line string) string {
	return fmt.Sprintf("it wrote %q on its standard output, which belongs to the handshake", clip80(line))
}

func clip80(s string) string { return helper.OneLine(s, 80) }
