package clients

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/engine"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// sharedEngine serves all tests; starting one takes seconds.
var sharedEngine struct {
	once sync.Once
	*engine.Engine
	err error
}

// stopEngine ends the engine if a test has started it.
func stopEngine() error {
	if sharedEngine.Engine == nil {
		return nil
	}
	return sharedEngine.Stop()
}

// docker points the clients of w to the engine, which it starts if need be.
func (w *world) docker(t *testing.T) {
	t.Helper()
	engine.Need(t)
	e := &sharedEngine
	e.once.Do(func() { e.Engine, e.err = engine.Start(t.Context()) })
	if e.err != nil {
		parts.Missing(t, "no Docker engine can be run here: %v", e.err)
	}
	w.Env["DOCKER_HOST"] = e.Host()
}

// dockerClients returns every docker command on the PATH that can talk to the
// engine; a machine may have several of different age.
func (w *world) dockerClients(t *testing.T) []string {
	t.Helper()
	w.docker(t)
	var found []string
	var seen []os.FileInfo
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, "docker")
		info, err := os.Stat(path)
		if err != nil || info.IsDir() {
			continue
		}
		known := false
		for _, other := range seen {
			known = known || os.SameFile(info, other)
		}
		if seen = append(seen, info); known {
			continue
		}
		if out, err := w.try(path, "version"); err != nil {
			t.Logf("%s cannot talk to the engine: %s", path, out)
			continue
		}
		found = append(found, path)
	}
	return found
}

// dockerVersion is what a client says it is.
func (w *world) dockerVersion(t *testing.T, client string) string {
	t.Helper()
	return strings.TrimSpace(w.must(t, client, "version", "--format", "{{.Client.Version}}"))
}
