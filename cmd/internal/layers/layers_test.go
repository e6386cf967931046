package layers

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/credential-iam/credential-iam/"

// reach has for every package below keystore and helper the packages of this module
// that it may reach, directly or through others. The missing ones have reasons:
//
//   - host and wire read text alone: whoever needs a host name needs nothing else.
//   - Nothing below config knows the configuration: a target says everything.
//   - The IAM client and the plugin host never meet but in the core, or a plugin
//     would link what reaches a source identity.
//   - Nothing that docker and git start links the IAM client or the plugin host.
//
// The lists are named after the package that may reach so much.
func reach() map[string][]string {
	root := []string{"keystore", "helper/host", "helper/wire"}
	source := append(slices.Clip(root), "helper")
	config := append(slices.Clip(source), "helper/source")
	file := append(slices.Clip(config), "helper/trust") // the machine's file is checked
	return map[string][]string{
		"keystore":       nil,
		"helper/host":    nil,
		"helper/wire":    nil,
		"helper/early":   nil,
		"helper":         root,
		"helper/source":  source,
		"helper/config":  file,
		"helper/trust":   source,
		"helper/mint":    append(slices.Clip(source), "helper/trust"),
		"helper/adapter": append(slices.Clip(config), "helper/early", "helper/config", "helper/mint", "helper/trust"),
		"helper/iam":     config,
		"helper/issuer":  append(slices.Clip(source), "helper/trust", "helper/issuer/issuerpb"),

		"helper/issuer/issuerpb":         nil,
		"helper/wire/wiretest":           nil,
		"helper/iam/iamtest":             nil, // what it is compared with it must not be made of
		"helper/issuer/issuertest":       append(slices.Clip(source), "helper/trust", "helper/issuer", "helper/issuer/issuerpb"),
		"keystore/keystoretest":          {"keystore", "keystore/keystoretest/dbustest"},
		"keystore/keystoretest/dbustest": nil,
	}
}

// TestLayers compares what the packages reach, on each system, with what they may.
func TestLayers(t *testing.T) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		graph := reached(t, system)
		for _, breach := range breaches(graph, reach()) {
			t.Errorf("%s: %s", system, breach)
		}
	}
}

// reached returns what each package below helper and keystore reaches of this module.
func reached(t *testing.T, system string) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Deps}} {{.}}{{end}}`, module+"helper/...", module+"keystore/...")
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	graph := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		var ours []string
		for _, path := range strings.Fields(line) {
			// What is internal to a package belongs to it; Go itself sees to that.
			if name, ok := strings.CutPrefix(path, module); ok && !strings.Contains(name, "/internal/") {
				ours = append(ours, name)
			}
		}
		if ours != nil {
			graph[ours[0]] = ours[1:]
		}
	}
	return graph
}

// breaches returns a line for each package that reaches what it may not, for each
// that no rule names, and for each rule that names no package.
func breaches(graph, allowed map[string][]string) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(graph)) {
		may, ok := allowed[name]
		if !ok {
			found = append(found, name+" is not in the table: say what it may reach")
		}
		for _, other := range graph[name] {
			if ok && !slices.Contains(may, other) {
				found = append(found, fmt.Sprintf("%s reaches %s", name, other))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(allowed)) {
		if _, ok := graph[name]; !ok {
			found = append(found, name+" is in the table and does not exist")
		}
	}
	return found
}

func TestBreaches(t *testing.T) {
	graph := map[string][]string{"a": nil, "b": {"a"}, "c": {"b", "a"}, "new": nil}
	allowed := map[string][]string{"a": nil, "b": nil, "c": {"a"}, "gone": nil}
	want := []string{"b reaches a", "c reaches b", "new is not in the table: say what it may reach", "gone is in the table and does not exist"}
	if got := breaches(graph, allowed); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
