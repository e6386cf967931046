package keystore

import (
	"context"
	"errors"

	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"
)

func (s *secretService) set(ctx context.Context, service, user, value string) error {
	b, err := s.connect(ctx)
	if err != nil {
		return err
	}
	path, err := s.unlockedCollection(ctx, b)
	if err != nil {
		return err
	}
	session, err := s.openSession(ctx, b)
	if err != nil {
		return err
	}
	keyring := ss.SecretService{Conn: b.Conn}
	err = keyring.CreateItem(b.Object(secretsName, path), "Password for '"+user+"' on '"+service+"'",
		map[string]string{"service": service, "username": user}, ss.NewSecret(session, value))
	return busError(ctx, err)
}

// unlockedCollection returns the collection to write to, which a person has
// unlocked if need be.
func (s *secretService) unlockedCollection(ctx context.Context, b *bus) (dbus.ObjectPath, error) {
	path, err := s.collection(ctx, b)
	if err == nil && s.interactive {
		err = s.unlock(ctx, b, []dbus.ObjectPath{path})
	}
	return path, err
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
	if _, err := s.unlockedCollection(ctx, b); err != nil {
		return err
	}
	keyring := ss.SecretService{Conn: b.Conn}
	for _, item := range append(unlocked, locked...) {
		if err := busError(ctx, keyring.Delete(item)); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	unlocked, locked, err = s.search(ctx, b, attributes)
	if err == nil && len(unlocked)+len(locked) > 0 {
		return differs(user)
	}
	return err
}

// unlock has a person unlock items or a collection, if there is one to ask.
func (s *secretService) unlock(ctx context.Context, b *bus, paths []dbus.ObjectPath) error {
	if !s.interactive {
		return errKeyringLocked
	}
	var unlocked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := b.call(ctx, secretsPath, secretsIface+"Service.Unlock", paths).Store(&unlocked, &prompt); err != nil {
		return busError(ctx, err)
	}
	if prompt == "/" {
		return nil
	}
	match := []dbus.MatchOption{dbus.WithMatchObjectPath(prompt), dbus.WithMatchInterface(secretsIface + "Prompt")}
	if err := b.AddMatchSignalContext(ctx, match...); err != nil {
		return busError(ctx, err)
	}
	defer func() { _ = b.RemoveMatchSignal(match...) }()
	signals := make(chan *dbus.Signal, 16)
	b.Signal(signals)
	defer b.RemoveSignal(signals)
	if err := b.call(ctx, prompt, secretsIface+"Prompt.Prompt", "").Err; err != nil {
		return busError(ctx, err)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case signal, ok := <-signals:
			if !ok {
				return unavailable("the D-Bus session bus: connection closed")
			}
			if signal.Path != prompt || signal.Name != secretsIface+"Prompt.Completed" || len(signal.Body) == 0 {
				continue
			}
			if dismissed, ok := signal.Body[0].(bool); !ok || dismissed {
				return errKeyringLocked
			}
			return nil
		}
	}
}
