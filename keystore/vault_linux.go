package keystore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	keyringTitle = "Secret Service, which is unlocked"
	readLimit    = 300 * time.Millisecond
	writeLimit   = time.Second
	endLimit     = 0

	secretsName  = "org.freedesktop.secrets"
	secretsPath  = "/org/freedesktop/secrets"
	loginPath    = secretsPath + "/collection/login"
	secretsIface = "org.freedesktop.Secret."
)

// secretService is the desktop's keyring by the Secret Service API. Everything
// goes over the one connection whose other end was judged (see [dialBus]).
// go-keyring's own functions would look for a bus, or launch one, and connect
// once more to whatever has that name by then; so its methods for changes are
// called on this connection. They may prompt and wait, and come after a check
// that there will be no reason to. Reads are three calls of this package, on the
// same attributes, which cannot prompt: a search distinguishes unlocked and
// locked items, and no call starts a service (NoAutoStart).
type secretService struct {
	getenv      func(string) string
	interactive bool

	mu      sync.Mutex
	bus     *bus
	session dbus.ObjectPath
	// checked says that the collection to write to was found once.
	checked atomic.Bool
}

func newVault(o Options) vault { return &secretService{getenv: o.Getenv, interactive: o.Interactive} }

// connect returns the connection of earlier calls, or a new one.
func (s *secretService) connect(ctx context.Context) (*bus, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bus != nil && s.bus.Connected() {
		return s.bus, nil
	}
	b, err := dialBus(ctx, s.getenv)
	if err != nil {
		return nil, err
	}
	s.bus, s.session = b, ""
	return b, nil
}

// openSession returns the session in which secrets travel: "plain", over a
// socket that only this user and the daemon hold.
func (s *secretService) openSession(ctx context.Context, b *bus) (dbus.ObjectPath, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bus == b && s.session != "" {
		return s.session, nil
	}
	var output dbus.Variant
	var path dbus.ObjectPath
	err := b.call(ctx, secretsPath, secretsIface+"Service.OpenSession", "plain", dbus.MakeVariant("")).Store(&output, &path)
	if err != nil {
		return "", busError(ctx, err)
	}
	if s.bus == b {
		s.session = path
	}
	return path, nil
}

// search returns the paths of this package's items.
func (s *secretService) search(ctx context.Context, b *bus, attributes map[string]string) (unlocked, locked []dbus.ObjectPath, err error) {
	err = b.call(ctx, secretsPath, secretsIface+"Service.SearchItems", attributes).Store(&unlocked, &locked)
	return unlocked, locked, busError(ctx, err)
}

// check finds the collection to write to. It must be there and unlocked, or a
// person must be.
func (s *secretService) check(ctx context.Context) error {
	b, err := s.connect(ctx)
	if err != nil {
		return err
	}
	_, err = s.collection(ctx, b)
	return err
}

// collection returns the collection that go-keyring uses: the one named login, else
// the default one.
func (s *secretService) collection(ctx context.Context, b *bus) (dbus.ObjectPath, error) {
	var paths []dbus.ObjectPath
	if err := b.property(ctx, secretsPath, secretsIface+"Service", "Collections", &paths); err != nil {
		return "", err
	}
	path := dbus.ObjectPath(loginPath)
	if !slices.Contains(paths, path) {
		err := b.call(ctx, secretsPath, secretsIface+"Service.ReadAlias", "default").Store(&path)
		if err != nil {
			return "", busError(ctx, err)
		}
		if path == "/" || path == "" {
			return "", unavailable("the Secret Service has neither a login keyring nor a default one")
		}
	}
	var locked bool
	if err := b.property(ctx, path, secretsIface+"Collection", "Locked", &locked); err != nil {
		return "", err
	}
	if locked && !s.interactive {
		return "", errKeyringLocked
	}
	s.checked.Store(true)
	return path, nil
}

var errKeyringLocked error = because{ErrLocked, "log in to the desktop or unlock it with seahorse"}

// secret is the Secret struct of the API.
type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

func (s *secretService) get(ctx context.Context, service, user string) (string, error) {
	b, err := s.connect(ctx)
	if err != nil {
		return "", err
	}
	unlocked, locked, err := s.search(ctx, b, map[string]string{"service": service, "username": user})
	switch {
	case err != nil:
		return "", err
	case len(unlocked) == 0 && len(locked) == 0:
		// A keyring that takes nothing either is another matter than an item that
		// is not there yet.
		if !s.checked.Load() {
			if _, err := s.collection(ctx, b); err != nil {
				return "", err
			}
		}
		return "", ErrNotFound
	case len(unlocked) == 0:
		if err := s.unlock(ctx, b, locked); err != nil {
			return "", err
		}
		unlocked = locked
	}
	session, err := s.openSession(ctx, b)
	if err != nil {
		return "", err
	}
	var secrets map[dbus.ObjectPath]secret
	err = b.call(ctx, secretsPath, secretsIface+"Service.GetSecrets", unlocked, session).Store(&secrets)
	if err != nil {
		return "", busError(ctx, err)
	}
	// More than one only if other collections have such an item; go-keyring
	// would look into the login collection.
	slices.SortFunc(unlocked, func(x, y dbus.ObjectPath) int {
		if a, b := inCollection(x, loginPath), inCollection(y, loginPath); a != b {
			if a {
				return -1
			}
			return 1
		}
		return strings.Compare(string(x), string(y))
	})
	for _, path := range unlocked {
		if v, ok := secrets[path]; ok {
			return string(v.Value), nil
		}
	}
	return "", ErrNotFound
}

func inCollection(item, collection dbus.ObjectPath) bool {
	return strings.HasPrefix(string(item), string(collection)+"/")
}

func (s *secretService) list(ctx context.Context, service string) ([]string, error) {
	b, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	unlocked, locked, err := s.search(ctx, b, map[string]string{"service": service})
	if err != nil {
		return nil, err
	}
	var users []string
	for _, path := range append(unlocked, locked...) {
		var attributes map[string]string
		err := b.property(ctx, path, secretsIface+"Item", "Attributes", &attributes)
		if errors.Is(err, ErrNotFound) {
			continue // deleted since
		}
		if err != nil {
			return nil, err
		}
		if user := attributes["username"]; user != "" && attributes["service"] == service {
			users = append(users, user)
		}
	}
	return users, nil
}
