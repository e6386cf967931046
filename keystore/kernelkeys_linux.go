package keystore

import (
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// readKey returns a key's payload. KEYCTL_READ returns the whole size, whatever
// the buffer's.
func readKey(id int) ([]byte, error) {
	buf := make([]byte, 4096)
	for {
		n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, buf, 0)
		if err != nil {
			return nil, err
		}
		if n <= len(buf) {
			return buf[:n], nil
		}
		buf = make([]byte, n)
	}
}

// ids returns what is linked to the keyring itself.
func (k *kernel) ids() ([]int, error) {
	b, err := readKey(k.ring)
	if err != nil {
		return nil, err
	}
	var ids []int
	for ; len(b) >= 4; b = b[4:] {
		ids = append(ids, int(int32(binary.NativeEndian.Uint32(b))))
	}
	return ids, nil
}

// sweep unlinks this package's expired keys, which the kernel itself collects
// five minutes after they expire. The kernel no longer describes an expired key
// by its id, but lists it in /proc/keys; where that is masked nothing is swept.
func (k *kernel) sweep() {
	b, err := os.ReadFile("/proc/keys")
	if err != nil {
		return
	}
	for _, id := range expiredKeys(string(b)) {
		_ = k.unlink(id)
	}
}

// expiredKeys returns the ids of this package's expired keys in a listing of
// /proc/keys:
//
//	id flags usage timeout perm uid gid type description: size
func expiredKeys(listing string) []int {
	var ids []int
	for line := range strings.Lines(listing) {
		f := strings.Fields(line)
		if len(f) < 9 || f[3] != "expd" || f[7] != "user" || !strings.HasPrefix(f[8], keyPrefix) {
			continue
		}
		if id, err := strconv.ParseUint(f[0], 16, 31); err == nil {
			ids = append(ids, int(id))
		}
	}
	return ids
}

// usualToken is the size of a token that should fit, with what goes with it.
const usualToken = 2048

// full reads the quota of this user: the first line of /proc/key-users with its id,
//
//	uid: usage keys/instantiated keys/maxkeys bytes/maxbytes
func (k *kernel) full() *Limit {
	b, err := os.ReadFile("/proc/key-users")
	if err != nil {
		return nil
	}
	return fullKeys(string(b), os.Geteuid())
}

func fullKeys(listing string, uid int) *Limit {
	for line := range strings.Lines(listing) {
		f := strings.Fields(line)
		if len(f) != 5 || f[0] != strconv.Itoa(uid)+":" {
			continue
		}
		for i, limit := range []struct {
			name string
			room int
		}{{"kernel.keys.maxbytes", usualToken}, {"kernel.keys.maxkeys", 1}} {
			used, most, _ := strings.Cut(f[4-i], "/")
			u, err1 := strconv.Atoi(used)
			m, err2 := strconv.Atoi(most)
			if err1 == nil && err2 == nil && m-u < limit.room {
				return &Limit{limit.name, u, m}
			}
		}
	}
	return nil
}

// kernelError names an error of add_key or keyctl as the package does.
func kernelError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ENOKEY), errors.Is(err, unix.ENOENT), errors.Is(err, unix.EKEYEXPIRED), errors.Is(err, unix.EKEYREVOKED):
		return ErrNotFound
	case errors.Is(err, unix.EDQUOT):
		return because{ErrQuota, "/proc/key-users shows the kernel keyring's quota"}
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EACCES):
		return unavailable("kernel keyring: " + err.Error())
	}
	return err
}
