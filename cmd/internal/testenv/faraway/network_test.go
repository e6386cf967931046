//go:build linux

package faraway

import (
	"context"
	"io"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// A request over plain http is two round trips: TCP's handshake and itself. No answer is
// there sooner, whatever the machine does.
func TestNetwork(t *testing.T) {
	parts.Root(t)
	curl := parts.Program(t, "curl")
	for _, name := range []string{"unshare", "nsenter", "ip"} {
		parts.Program(t, name)
	}
	const roundTrip = 60 * time.Millisecond
	n, err := New(t.Context(), roundTrip, "one.example.com", "two.example.com")
	if err != nil {
		parts.Missing(t, "%v", err)
	}
	defer n.Close()
	l, err := n.Listen("80")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Host)
	})}
	go func() { _ = s.Serve(l) }()
	defer s.Close()
	for _, host := range []string{"one.example.com", "two.example.com"} {
		args := append(n.Enter(), curl, "--silent", "--noproxy", "*", "--max-time", "30", "http://"+host+"/")
		start := time.Now()
		out, err := exec.CommandContext(context.WithoutCancel(t.Context()), args[0], args[1:]...).Output()
		if took := time.Since(start); err != nil || string(out) != host || took < 2*roundTrip {
			t.Errorf("%s: %q, %v after %s", host, out, err, took)
		} else {
			t.Logf("%s: %s", host, took)
		}
	}
}
