package unlock

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/credential-iam/credential-iam/keystore"
)

func TestCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the Credential Manager has no lock of its own")
	}
	locked := fmt.Errorf("keystore keyring: %w", keystore.ErrLocked)
	for _, c := range []struct {
		name   string
		err    error
		vars   map[string]string
		daemon bool
		want   string
	}{
		{"X11", locked, map[string]string{"DISPLAY": ":0"}, true, "credential-iam source list"},
		{"Wayland", locked, map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, false, "credential-iam source list"},
		{"no desktop", locked, nil, true, "gnome-keyring-daemon --replace --unlock"},
		{"no daemon", locked, nil, false, ""},
		{"not locked", keystore.ErrTimeout, map[string]string{"DISPLAY": ":0"}, true, ""},
		{"no error", nil, nil, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := World{
				Getenv: func(name string) string { return c.vars[name] },
				LookPath: func(name string) (string, error) {
					if name != "gnome-keyring-daemon" || !c.daemon {
						return "", errors.New("not found")
					}
					return "/usr/bin/" + name, nil
				},
			}
			if got := w.Command(c.err); got != c.want {
				t.Errorf("run %q, want %q", got, c.want)
			}
		})
	}
}
