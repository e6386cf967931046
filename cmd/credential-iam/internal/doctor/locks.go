package doctor

import (
	"context"

	"github.com/credential-iam/credential-iam/keystore"
)

// locks checks the folder by which processes that miss together mint once.
func locks(ctx context.Context, x *subject, r report) {
	l, err := keystore.OpenLocks(x.Env.Getenv)
	if err != nil {
		r.add(Warning, "locks", "", "processes that need the same token at the same time each make their own: %s", keystore.Reason(err))
		return
	}
	release, err := l.Lock(ctx, keystore.NewKey("doctor", "-", "locks"))
	if err != nil {
		r.add(Warning, "locks", "", "%s cannot be locked: %v", l.Dir, err)
		return
	}
	release()
	r.add(OK, "locks", "", "%s", l.Dir)
}
