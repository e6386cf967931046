package doctor

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/keystore"
)

// keystores checks the keystores that are configured.
func keystores(ctx context.Context, x *subject, r report) {
	names := []string{}
	for _, h := range x.walked {
		// Whether the account and the source can be used does not matter here.
		if t, err := x.config.DescribeAt(h.Place); err == nil && !slices.Contains(names, t.Keystore) {
			names = append(names, t.Keystore)
		}
	}
	if len(names) == 0 {
		t, err := x.config.DescribeDefault()
		if err != nil {
			t.Keystore = "auto"
		}
		names = []string{t.Keystore}
	}
	for _, name := range names {
		label := "keystore"
		if len(names) > 1 {
			label += " " + name
		}
		choice, err := x.Keystore(ctx, name)
		unlock := x.unlock(err)
		switch {
		case errors.Is(err, keystore.ErrLocked), unlock != "":
			r.add(Warning, label, unlock, "%s cannot be used, so nothing is cached: %v", name, err)
		case err != nil:
			r.add(Warning, label, x.edit(), "%s cannot be used, so nothing is cached: %v; write \"keystore\": \"auto\" there", name, err)
		case keystore.TimedOut(choice):
			r.add(Warning, label, x.edit(), "%s did not answer in time, so nothing is cached; write \"keystore\": \"auto\" there", choice.Name())
		case choice.Warning != "":
			detail := fmt.Sprintf("%s (%s): %s; write \"keystore\": \"auto\" there, which uses only a private one, or none", choice.Name(), choice.Why, choice.Warning)
			if full, _ := choice.Full(ctx); full != "" {
				detail += "; " + full
			}
			r.add(Warning, label, x.edit(), "%s", detail)
		case choice.Name() == "none":
			x.uncached(r, label, name, choice)
		default:
			room(ctx, r, label, choice)
		}
	}
}

// room says whether the keystore has room for another token. Only an administrator
// can give a full one more.
func room(ctx context.Context, r report, label string, choice keystore.Choice) {
	full, limit := choice.Full(ctx)
	if limit == nil {
		r.add(OK, label, "", "%s (%s)", choice.Name(), choice.Why)
		return
	}
	r.add(Warning, label, fmt.Sprintf("sudo sysctl -w %s=%d", limit.Name, 100*limit.Most), "%s (%s) is %s", choice.Name(), choice.Why, full)
}

// uncached says why nothing is cached, and what would be.
func (x *subject) uncached(r report, label, name string, choice keystore.Choice) {
	const (
		none  = "none, so every request makes a new token (%s)"
		tmpfs = "credential-iam configure --set keystore=tmpfs"
	)
	unlock := x.unlock(choice.Passed)
	switch {
	case name == "none":
		r.add(Warning, label, x.edit(), none+"; write \"keystore\": \"auto\" there, which chooses the best one of this machine", choice.Why)
	case unlock != "":
		r.add(Warning, label, unlock, none, choice.Why)
	case runtime.GOOS != "linux": // which alone has a tmpfs
		r.add(Warning, label, "", none, choice.Why)
	case x.document == nil || slices.ContainsFunc(x.config.Sections(), func(section string) bool {
		return section != config.Name && x.document.Section(section)["keystore"] != "" // it goes before that of "iam"
	}):
		r.add(Warning, label, x.edit(), none+"; write \"keystore\": \"tmpfs\" there, which needs only a memory file system (XDG_RUNTIME_DIR)", choice.Why)
	case errors.Is(choice.Passed, keystore.ErrNoSession):
		r.add(Warning, label, tmpfs, none+"; on a memory file system tokens are cached while this container runs (a shell that keyctl new_session is run in has a keyring, for itself alone)", choice.Why)
	default:
		r.add(Warning, label, tmpfs, none+"; tmpfs needs only a memory file system (XDG_RUNTIME_DIR)", choice.Why)
	}
}
