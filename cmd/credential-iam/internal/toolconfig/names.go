package toolconfig

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// Names returns what a client's flag may name, as far as its own configuration says.
func (w World) Names(ctx context.Context, client string) (names []string) {
	switch client {
	case "kube":
		_, config, err := w.kubectl(ctx)
		if err != nil {
			return nil
		}
		for _, at := range config.Contexts {
			names = append(names, at.Name)
		}
	case "cargo":
		c, err := cargo{}.read(w)
		if err != nil {
			return nil
		}
		registries, _ := c.root["registries"].(map[string]any)
		names = slices.Sorted(maps.Keys(registries))
	case "pnpm":
		f, err := pnpm{}.read(w)
		if err != nil {
			return nil
		}
		for i := range f.text {
			if name, url, ok := strings.Cut(f.text.line(i), "registry="); ok && (name == "" || strings.HasPrefix(name, "@")) {
				names = append(names, strings.TrimSpace(url))
			}
		}
	}
	return names
}
