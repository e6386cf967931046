package keystore_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// promptingService is a Secret Service that asks a person: for every change, or
// to be unlocked. The person agrees, dismisses the prompt, or is not there.
type promptingService struct {
	conn   *dbus.Conn
	person string // "agrees", "dismisses" or "away"
	// changes says that every change is asked for.
	changes bool

	mu     sync.Mutex
	locked bool
	item   map[string]string
	secret promptSecret
}

type promptSecret struct {
	Session           dbus.ObjectPath
	Parameters, Value []byte
	ContentType       string
}

const (
	secretsRoot = dbus.ObjectPath("/org/freedesktop/secrets")
	loginRing   = secretsRoot + "/collection/login"
	promptItem  = loginRing + "/1"
	promptPath  = secretsRoot + "/prompt/1"
)

func (p *promptingService) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	return dbus.MakeVariant(""), secretsRoot + "/session/1", nil
}

func (p *promptingService) SearchItems(map[string]string) (unlocked, locked []dbus.ObjectPath, _ *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.item == nil:
		return nil, nil, nil
	case p.locked:
		return nil, []dbus.ObjectPath{promptItem}, nil
	}
	return []dbus.ObjectPath{promptItem}, nil, nil
}

func (p *promptingService) GetSecrets([]dbus.ObjectPath, dbus.ObjectPath) (map[dbus.ObjectPath]promptSecret, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.locked {
		return nil, dbus.NewError("org.freedesktop.Secret.Error.IsLocked", nil)
	}
	return map[dbus.ObjectPath]promptSecret{promptItem: p.secret}, nil
}

func (p *promptingService) Unlock(paths []dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.locked {
		return nil, promptPath, nil
	}
	return paths, "/", nil
}

func (p *promptingService) CreateItem(properties map[string]dbus.Variant, secret promptSecret, _ bool) (dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.changes:
		return "/", promptPath, nil
	case p.locked:
		return "/", "/", dbus.NewError("org.freedesktop.Secret.Error.IsLocked", nil)
	}
	p.item, _ = properties["org.freedesktop.Secret.Item.Attributes"].Value().(map[string]string)
	p.secret = secret
	return promptItem, "/", nil
}

func (p *promptingService) Prompt(string) *dbus.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.person == "away" {
		return nil
	}
	if p.person == "agrees" {
		p.locked = false
	}
	_ = p.conn.Emit(promptPath, "org.freedesktop.Secret.Prompt.Completed", p.person != "agrees", dbus.MakeVariant(""))
	return nil
}

func (p *promptingService) Close() *dbus.Error { return nil }

func (p *promptingService) Get(_, property string) (dbus.Variant, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if property == "Locked" {
		return dbus.MakeVariant(p.locked), nil
	}
	return dbus.MakeVariant([]dbus.ObjectPath{loginRing}), nil
}

// serve puts the service on a bus of its own and returns its environment.
func (p *promptingService) serve(t *testing.T) []string {
	t.Helper()
	s := keystoretest.StartBus(t)
	p.conn = s.Connect(t)
	for path, ifaces := range map[dbus.ObjectPath][]string{
		secretsRoot:                {"org.freedesktop.Secret.Service", "org.freedesktop.DBus.Properties"},
		loginRing:                  {"org.freedesktop.Secret.Collection", "org.freedesktop.DBus.Properties"},
		secretsRoot + "/session/1": {"org.freedesktop.Secret.Session"},
		promptPath:                 {"org.freedesktop.Secret.Prompt"},
	} {
		for _, iface := range ifaces {
			must(t, p.conn.Export(p, path, iface))
		}
	}
	_, err := p.conn.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue)
	must(t, err)
	return append(os.Environ(), s.Env()...)
}

// A change that a person dismissed is an error although go-keyring says nothing,
// and one that a person leaves unanswered ends with the deadline.
func TestSecretServiceDismissed(t *testing.T) {
	t.Parallel()
	exe := storeProgram(t)
	for person, want := range map[string]string{"dismisses": "did not store", "away": keystore.ErrTimeout.Error()} {
		t.Run(person, func(t *testing.T) {
			t.Parallel()
			limit := "1m"
			if person == "away" {
				limit = "5s"
			}
			cmd := exec.Command(exe, "patience="+limit, "open=keyring", "put=v1/a/b/c,s,60")
			cmd.Env = (&promptingService{person: person, changes: true}).serve(t)
			if out := run(t, cmd); !strings.Contains(out.step("put"), want) {
				t.Errorf("got\n%s", out)
			}
		})
	}
}

// A command that a person typed may have the keyring unlocked; nothing else ever
// asks.
func TestSecretServiceUnlock(t *testing.T) {
	t.Parallel()
	exe := storeProgram(t)
	for _, c := range []struct {
		person, mode, want string
	}{
		{"agrees", "person", "ok"},
		{"dismisses", "person", keystore.ErrLocked.Error()},
		{"agrees", "script", keystore.ErrLocked.Error()},
	} {
		t.Run(fmt.Sprint(c.person, ", ", c.mode), func(t *testing.T) {
			t.Parallel()
			p := &promptingService{person: c.person, locked: true}
			cmd := exec.Command(exe, patience, c.mode, "unchecked=keyring", "put=v1/a/b/c,s,60", "get=v1/a/b/c")
			cmd.Env = p.serve(t)
			out := run(t, cmd)
			if got := out.step("put"); !strings.Contains(got, c.want) || p.locked != (c.want != "ok") || c.want == "ok" && out.step("get") != "s" {
				t.Errorf("locked: %v\n%s", p.locked, out)
			}
			if c.want != "ok" {
				return
			}
			p.mu.Lock()
			p.locked = true
			p.mu.Unlock()
			again := exec.Command(exe, patience, c.mode, "unchecked=keyring", "get=v1/a/b/c")
			again.Env = cmd.Env
			if out := run(t, again); out.step("get") != "s" {
				t.Errorf("locked again\n%s", out)
			}
		})
	}
}
