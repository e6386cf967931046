package keystore

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
	gokeyring "github.com/zalando/go-keyring"
)

const (
	keyringTitle = "Secret Service, which is unlocked"
	readLimit    = 300 * time.Millisecond
	writeLimit   = time.Second

	secretsName  = "org.freedesktop.secrets"
	secretsPath  = "/org/freedesktop/secrets"
	loginPath    = secretsPath + "/collection/login"
	secretsIface = "org.freedesktop.Secret."
)

// secretService is the desktop's keyring by the Secret Service API. Changes go
// through go-keyring; it unlocks, prompts, waits and starts what is missing, so
// they come after a check that it will find nothing to do of that kind. Reads are
// our own three calls, on the same attributes, which cannot prompt: a search tells
// unlocked and locked items apart. No call starts a service (NoAutoStart).
type secretService struct {
	getenv      func(string) string
	interactive bool

	mu      sync.Mutex
	bus     *bus
	session dbus.ObjectPath
	// checked says that what go-keyring writes to was found once.
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

// search returns the paths of our items.
func (s *secretService) search(ctx context.Context, b *bus, attributes map[string]string) (unlocked, locked []dbus.ObjectPath, err error) {
	err = b.call(ctx, secretsPath, secretsIface+"Service.SearchItems", attributes).Store(&unlocked, &locked)
	return unlocked, locked, busError(ctx, err)
}

// check finds the collection that go-keyring writes to: the one named login,
// else the default one. It must be there and unlocked, or a person must be.
func (s *secretService) check(ctx context.Context) error {
	b, err := s.connect(ctx)
	if err != nil {
		return err
	}
	_, err = s.collection(ctx, b)
	return err
}

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
		return "", because{ErrLocked, "log in to the desktop or unlock it with seahorse"}
	}
	s.checked.Store(true)
	return path, nil
}

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
	case len(unlocked) == 0 && s.interactive:
		v, err := gokeyring.Get(service, user)
		return v, goKeyringError(ctx, err)
	case len(unlocked) == 0:
		return "", because{ErrLocked, "log in to the desktop or unlock it with seahorse"}
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

func (s *secretService) set(ctx context.Context, service, user, value string) error {
	if err := s.check(ctx); err != nil {
		return err
	}
	return goKeyringError(ctx, gokeyring.Set(service, user, value))
}

func (s *secretService) remove(ctx context.Context, service, user string) error {
	b, err := s.connect(ctx)
	if err != nil {
		return err
	}
	attributes := map[string]string{"service": service, "username": user}
	unlocked, locked, err := s.search(ctx, b, attributes)
	if err != nil || len(unlocked)+len(locked) == 0 {
		return err
	}
	if _, err := s.collection(ctx, b); err != nil {
		return err
	}
	err = goKeyringError(ctx, gokeyring.Delete(service, user))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	unlocked, locked, err = s.search(ctx, b, attributes)
	if err == nil && len(unlocked)+len(locked) > 0 {
		return differs(user)
	}
	return err
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

// goKeyringError names an error of go-keyring as the package does.
func goKeyringError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gokeyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, gokeyring.ErrSetDataTooBig):
		return ErrTooBig
	case strings.HasPrefix(err.Error(), "failed to unlock"):
		// Its only sign of a prompt that was dismissed or could not be shown.
		return ErrLocked
	}
	return busError(ctx, err)
}

// shareAddress makes go-keyring use the socket that was checked, and none that
// it would find or start itself: it knows the address by the environment only,
// and runs dbus-launch when that is empty.
func shareAddress(address string) error { return os.Setenv("DBUS_SESSION_BUS_ADDRESS", address) }
