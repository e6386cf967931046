package layers

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
)

// TestAdapters keeps the adapters thin: docker and git run them on every
// operation, and a hit takes a millisecond and a half because none of this is linked.
func TestAdapters(t *testing.T) {
	forbidden := map[string]string{
		"crypto/sha256":         "the standard library's module of approved algorithms comes with it, a tenth of a megabyte; digests are BLAKE2s",
		"net/http":              "an adapter makes no network call; its init alone costs half a millisecond",
		"crypto/tls":            "an adapter makes no network call",
		"crypto/rand":           "its generator adds a tenth of a megabyte, and nothing here draws a secret",
		"google.golang.org/":    "the API's client belongs to the core, behind the process boundary",
		"cloud.google.com/":     "the API's client belongs to the core, behind the process boundary",
		"golang.org/x/oauth2":   "source identities belong to the core; an adapter only knows their fingerprint",
		"github.com/hashicorp/": "plugins belong to the core",
		"github.com/spf13/":     "an adapter has one argument",
		"encoding/xml":          "nothing here reads XML",
		"golang.org/x/sys/cpu":  "it asks the processor for its features at every start, a fiftieth of a hit in a virtual machine",
		"regexp":                "hosts are compared label by label",
		"log/slog":              "the debug log is a function",
		"github.com/credential-iam/credential-iam/helper/iam":    "only cmd/credential-iam assembles everything",
		"github.com/credential-iam/credential-iam/helper/issuer": "only cmd/credential-iam assembles everything",
	}
	for _, adapter := range programs.Of(programs.Adapter) {
		mustNotLink(t, adapter, forbidden)
	}
}

// mustNotLink fails for each package that a program links and that forbidden names,
// itself or as what its path begins with, with the reason.
func mustNotLink(t *testing.T, program programs.Program, forbidden map[string]string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-tags", program.Tags, "github.com/credential-iam/credential-iam/cmd/"+program.Name).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 20 {
		t.Fatalf("go list named %d packages only: %q", len(deps), deps)
	}
	for _, dep := range deps {
		for prefix, why := range forbidden {
			if dep == prefix || strings.HasPrefix(dep, strings.TrimSuffix(prefix, "/")+"/") {
				t.Errorf("%s links %s: %s", program.Name, dep, why)
			}
		}
	}
}

// TestAdapterCode keeps out what a line of ours would have linked in although its
// package is there anyway.
func TestAdapterCode(t *testing.T) {
	forbidden := map[string]string{
		"encoding/json.(*decodeState).value":   "messages are read with wire.Read",
		"encoding/json.(*encodeState).marshal": "and written with wire.Append",
		"time.parse":                           "times cross a boundary as numbers",
		"net.(*Resolver).LookupHost":           "an adapter makes no network call; the D-Bus library is built without TCP",
		"github.com/credential-iam/credential-iam/helper/config..inittask": "the table of keys is laid out by the linker, not built at every start",
	}
	dir, err := programs.Build()
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, adapter := range programs.Names(programs.Of(programs.Adapter)) {
		out, err := exec.Command("go", "tool", "nm", filepath.Join(dir, adapter)).Output()
		if err != nil {
			t.Fatalf("go tool nm: %v", err)
		}
		symbols := string(out)
		if !strings.Contains(symbols, " encoding/json.Valid\n") {
			t.Fatalf("%s: go tool nm does not name what is linked", adapter)
		}
		for symbol, why := range forbidden {
			if strings.Contains(symbols, " "+symbol+"\n") {
				t.Errorf("%s links %s: %s", adapter, symbol, why)
			}
		}
	}
}
