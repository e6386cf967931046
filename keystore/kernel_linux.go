package keystore

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// kernelFirst says that "auto" prefers the kernel's keyring: it never prompts,
// hangs or touches a disk, and its keys expire by themselves.
const kernelFirst = true

const (
	// keyPrefix marks this package's keys among all keys of a keyring.
	keyPrefix = "credential-iam:"
	// permOwner lets the possessor do everything and the owner view, read and
	// search: a process in a private session (systemd, cron) does not possess
	// what is in the user keyring. Any process of the user could link that
	// keyring and so possess it; the bits give nothing away.
	permOwner = 0x3f0b0000
	// permPossessor allows only processes that possess the session keyring.
	permPossessor = 0x3f000000
	// permReach are the bits by which another process of the owner, the group or
	// the world could change a keyring, search it, link it to its own, or join it
	// by its name.
	permReach = 0x003c3c3c
	// maxTTL bounds a key's timeout, in seconds: no entry lives a month.
	maxTTL = 30 * 24 * 3600
	// maxReplaced bounds how often in a row a key may be replaced under a reader.
	// On a busy machine a reader can lose the processor after every search, so
	// ten were too few for four writers; a thousand take some milliseconds.
	maxReplaced = 1000
	// quotaPause lets the kernel free replaced keys, which it does some time
	// after they are unlinked.
	quotaPause = 50 * time.Millisecond
)

// kernel keeps entries as keys of type "user" in one of the kernel's keyrings.
type kernel struct {
	clock
	ring int
	perm uint32
}

func userKernel(o Options) *kernel {
	return &kernel{clock: o.clock(), ring: unix.KEY_SPEC_USER_KEYRING, perm: permOwner}
}

func sessionKernel(o Options) *kernel {
	return &kernel{clock: o.clock(), ring: unix.KEY_SPEC_SESSION_KEYRING, perm: permPossessor}
}

// openKernel returns the user keyring, or in a container the container's own
// session keyring. Asked for explicitly it is the user keyring in any case.
func openKernel(o Options, explicit bool) (Choice, error) {
	if err := kernelAllowed(); err != nil {
		return Choice{}, err
	}
	mark := thisWorld(o.Getenv).containerMark()
	switch {
	case mark == "" && explicit:
		return Choice{Store: userKernel(o), Why: "asked for"}, nil
	case mark == "":
		return Choice{Store: userKernel(o), Why: "the kernel keyring of this user"}, nil
	case explicit:
		return Choice{Store: userKernel(o), Why: "asked for",
			Warning: "this is a container (" + mark + "): other containers and the host can read the kernel keyring of the same user id"}, nil
	}
	if err := sessionPrivate(); err != nil {
		return Choice{}, because{ErrNoSession, "the user keyring is shared in a container (" + mark + "), and " + Reason(err)}
	}
	return Choice{Store: sessionKernel(o), Why: "in a container (" + mark + "): the session keyring, which is private to it"}, nil
}

// allKernel returns the user keyring and, where "auto" could have used it, with
// other marks of a container in the environment say, the session keyring.
func allKernel(o Options) []Store {
	if kernelAllowed() != nil {
		return nil
	}
	stores := []Store{userKernel(o)}
	if sessionPrivate() == nil {
		stores = append(stores, sessionKernel(o))
	}
	return stores
}

// kernelAllowed reports whether both system calls reach the kernel. A seccomp
// filter decides before the kernel looks at the arguments, so a call that cannot
// be valid shows it without writing anything: Docker denies both, Podman only
// add_key (ENOSYS), gVisor answers EACCES.
func kernelAllowed() error {
	if _, err := unix.AddKey("", "", nil, 0); !errors.Is(err, unix.EINVAL) {
		return unavailable("add_key is denied here")
	}
	if _, err := unix.KeyctlInt(-1, 0, 0, 0, 0); !errors.Is(err, unix.EOPNOTSUPP) {
		return unavailable("keyctl is denied here")
	}
	return nil
}

// sessionPrivate reports whether the session keyring is one that processes get by
// inheritance alone. The default one belongs to the user id. One that its owner
// may link or search is not private either: any process of the same user id, in
// any container, can join it by its name or link it by its id, and then possesses
// what is in it. runc makes such ones ("_ses.ID", with user search, so that exec
// can join). What is left are nameless ones, as keyctl session and PAM make them.
// An engine that makes none for a container (runc --no-new-keyring) passes on its
// own, which cannot be distinguished from inside.
func sessionPrivate() error {
	id, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, false)
	if err != nil {
		return unavailable("there is no session keyring")
	}
	_, perm, name, err := describe(id)
	switch {
	case err != nil:
		return unavailable("the session keyring cannot be described")
	case strings.HasPrefix(name, "_uid"):
		return unavailable("there is no session keyring of its own")
	case perm&permReach != 0:
		return unavailable("its session keyring can be joined by others of the same user id")
	}
	return nil
}

// describe returns a key's type, permissions and description.
func describe(id int) (kind string, perm uint32, description string, err error) {
	s, err := unix.KeyctlString(unix.KEYCTL_DESCRIBE, id)
	if err != nil {
		return "", 0, "", err
	}
	f := strings.SplitN(s, ";", 5) // type;uid;gid;perm;description
	if len(f) != 5 {
		return "", 0, "", unix.EINVAL
	}
	p, err := strconv.ParseUint(f[3], 16, 32)
	return f[0], uint32(p), f[4], err
}

// Name returns "kernel".
func (*kernel) Name() string { return "kernel" }

// Get searches and reads. A key that is replaced between the two is gone or, if
// it was readable by possession only, closed, although its successor is there:
// then the search finds another one, and that is read.
func (k *kernel) Get(ctx context.Context, key Key) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	var record []byte
	id, err := k.find(key, func(id int) (err error) {
		record, err = readKey(id)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	e, err := k.decode(key, record)
	clear(record)
	if errors.Is(err, errNewer) {
		return Entry{}, ErrNotFound
	}
	if err != nil {
		_ = k.unlink(id)
		return Entry{}, ErrNotFound
	}
	return e, nil
}

// find searches for the entry's key and uses it. If that fails, and a new search
// finds another key, another process has replaced it meanwhile.
func (k *kernel) find(key Key, use func(id int) error) (int, error) {
	if !key.usable() {
		return 0, ErrNotFound
	}
	last := 0
	failed := error(ErrNotFound)
	for range maxReplaced {
		id, err := unix.KeyctlSearch(k.ring, "user", keyPrefix+string(key), 0)
		if err != nil {
			return 0, kernelError(err)
		}
		if id == last {
			break
		}
		last = id
		if err = k.holds(id); err == nil {
			err = use(id)
		}
		if err == nil {
			return id, nil
		}
		failed = kernelError(err)
	}
	return 0, failed
}

// holds reports whether the key is linked to the keyring itself. A search of a
// session keyring also descends into the user keyring where that is linked to it,
// and others could have planted a key in there.
func (k *kernel) holds(id int) error {
	if k.ring != unix.KEY_SPEC_SESSION_KEYRING {
		return nil
	}
	ids, err := k.ids()
	if err == nil && !slices.Contains(ids, id) {
		err = unix.ENOKEY
	}
	return err
}

// Put makes the key in the thread's own keyring, gives it its permissions and
// its timeout there, and only then links it where others look, which displaces
// the old key at once. No reader ever sees a key without a timeout.
//
// The thread keyring rather than the process keyring: a second Put of the same
// key in the same process would find the first one's key there and update it in
// place, and an update clears the timeout.
func (k *kernel) Put(ctx context.Context, key Key, e Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	record, err := k.encode(key, e)
	if err != nil {
		return err
	}
	defer clear(record)
	left := e.Expires.Sub(k.now())
	if left <= 0 {
		return k.Delete(ctx, key)
	}
	ttl := min(int((left+time.Second-1)/time.Second), maxTTL)
	err = k.put(key, record, ttl)
	// Over the quota, room is made by what has expired and by replaced keys that
	// the kernel has yet to free; then by the entry that this one replaces, if
	// there is one: for a moment a reader misses, which is better than to keep it.
	for _, makeRoom := range []func() error{
		func() error { k.sweep(); return nil },
		func() error { _, err := k.find(key, k.unlink); return err },
	} {
		if !errors.Is(err, unix.EDQUOT) || makeRoom() != nil {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(quotaPause):
		}
		err = k.put(key, record, ttl)
	}
	return kernelError(err)
}

func (k *kernel) put(key Key, record []byte, ttl int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	id, err := unix.AddKey("user", keyPrefix+string(key), record, unix.KEY_SPEC_THREAD_KEYRING)
	if err != nil {
		return err
	}
	defer func() {
		_, _ = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
	}()
	if err := unix.KeyctlSetperm(id, k.perm); err != nil {
		return err
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, ttl, 0, 0); err != nil {
		return err
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_LINK, id, k.ring, 0, 0)
	return err
}

// Delete unlinks the key.
func (k *kernel) Delete(ctx context.Context, key Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := k.find(key, k.unlink)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func (k *kernel) unlink(id int) error {
	_, err := unix.KeyctlInt(unix.KEYCTL_UNLINK, id, k.ring, 0, 0)
	return err
}

// List reads the keyring and describes what is in it.
func (k *kernel) List(ctx context.Context) ([]Key, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ids, err := k.ids()
	if err != nil {
		return nil, kernelError(err)
	}
	var keys []Key
	for _, id := range ids {
		kind, _, name, err := describe(id)
		if err != nil || kind != "user" {
			continue
		}
		if name, ok := strings.CutPrefix(name, keyPrefix); ok {
			keys = append(keys, Key(name))
		}
	}
	return keys, nil
}
