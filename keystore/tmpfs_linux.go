package keystore

import (
	"context"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/blake2s"
	"golang.org/x/sys/unix"
)

// tmpfs keeps entries as files on a memory file system: mode 0600, in a folder
// of mode 0700. It is for machines without any keyring and is used on request
// only. Two things are weaker than in a keyring: memory that holds such files can
// be swapped out, to an encrypted swap or not, and a record stays there after it
// has expired, until the next Put sweeps it.
type tmpfs struct {
	clock
	dir string
}

const (
	entrySuffix = ".entry"
	tempSuffix  = ".new"
	// staleTemp is the age at which a temporary file has lost its writer.
	staleTemp = time.Minute
)

// shm is where Linux has a memory file system for everybody.
const shm = "/dev/shm"

// openTmpfs returns the store in the memory folder of this user.
func openTmpfs(o Options) (Store, error) {
	dir, err := memoryDir(o.Getenv)
	if err != nil {
		return nil, err
	}
	return &tmpfs{clock: o.clock(), dir: dir}, nil
}

// memoryDir returns $XDG_RUNTIME_DIR/credential-iam, else /run/user/UID/credential-iam,
// else /dev/shm/credential-iam-UID, whichever first is on a memory file system. The
// folder is made if need be.
func memoryDir(getenv func(string) string) (string, error) {
	for _, dir := range runtimeDirs(getenv) {
		if ownDir(dir) == nil && (&tmpfs{dir: dir}).check() == nil {
			return dir, nil
		}
	}
	dir, err := ownDirIn(shm)
	if err != nil {
		return "", err
	}
	return dir, (&tmpfs{dir: dir}).check()
}

// allTmpfs returns the stores that are there: those that openTmpfs could have
// returned in another environment too.
func allTmpfs(o Options) []Store {
	dirs := slices.Concat(runtimeDirs(o.Getenv), ownDirsIn(shm), elsewhere())
	slices.Sort(dirs)
	var stores []Store
	for _, dir := range slices.Compact(dirs) {
		if s := (&tmpfs{clock: o.clock(), dir: dir}); s.check() == nil {
			stores = append(stores, s)
		}
	}
	return stores
}

func (s *tmpfs) check() error {
	fd, err := s.open()
	if err == nil {
		_ = unix.Close(fd)
	}
	return err
}

// open opens the folder and checks, on the open folder itself, that it is this
// user's alone and in memory. Everything else is relative to it.
func (s *tmpfs) open() (int, error) {
	fd, err := unix.Open(s.dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, unavailable(strconv.Quote(s.dir) + ": " + err.Error())
	}
	var st unix.Stat_t
	var vfs unix.Statfs_t
	switch {
	case unix.Fstat(fd, &st) != nil || unix.Fstatfs(fd, &vfs) != nil:
		err = unavailable(strconv.Quote(s.dir) + " cannot be examined")
	case int(st.Uid) != os.Geteuid() || st.Mode&0o077 != 0:
		err = unavailable(strconv.Quote(s.dir) + " is not this user's alone")
	case uint32(vfs.Type) != unix.TMPFS_MAGIC && uint32(vfs.Type) != unix.RAMFS_MAGIC:
		err = unavailable(strconv.Quote(s.dir) + " is not on a memory file system")
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// with runs f on the open folder.
func (s *tmpfs) with(ctx context.Context, f func(dir int) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	dir, err := s.open()
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	return f(dir)
}

// Name returns "tmpfs".
func (*tmpfs) Name() string { return "tmpfs" }

// Get reads the entry's file.
func (s *tmpfs) Get(ctx context.Context, key Key) (Entry, error) {
	var e Entry
	err := s.with(ctx, func(dir int) error {
		record, err := readEntry(dir, entryFile(key))
		if err == nil {
			e, err = s.decode(key, record)
			clear(record)
		}
		if errors.Is(err, errOdd) || errors.Is(err, ErrNotFound) {
			// Another process may have replaced the file since it was read.
			// Removing that one too costs a mint, no more.
			_ = unix.Unlinkat(dir, entryFile(key), 0)
		}
		if errors.Is(err, errOdd) || errors.Is(err, errNewer) || errors.Is(err, unix.ENOENT) {
			return ErrNotFound
		}
		return err
	})
	return e, err
}

// Put writes a file beside the old one and renames it into place.
func (s *tmpfs) Put(ctx context.Context, key Key, e Entry) error {
	record, err := s.encode(key, e)
	if err != nil {
		return err
	}
	defer clear(record)
	return s.with(ctx, func(dir int) error {
		s.sweep(dir)
		tellElsewhere(s.dir)
		temp, err := writeTemp(dir, record)
		if err == nil {
			err = unix.Renameat(dir, temp, dir, entryFile(key))
		}
		if err != nil {
			_ = unix.Unlinkat(dir, temp, 0)
		}
		if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
			return because{ErrQuota, strconv.Quote(s.dir) + " is full"}
		}
		return err
	})
}

// Delete removes the entry's file.
func (s *tmpfs) Delete(ctx context.Context, key Key) error {
	return s.with(ctx, func(dir int) error {
		err := unix.Unlinkat(dir, entryFile(key), 0)
		if errors.Is(err, unix.ENOENT) {
			return nil
		}
		return err
	})
}

// List reads the key out of every file: the names are digests.
func (s *tmpfs) List(ctx context.Context) ([]Key, error) {
	var keys []Key
	err := s.with(ctx, func(dir int) error {
		return eachFile(dir, func(name string) {
			if record, err := readEntry(dir, name); err == nil {
				if key, ok := recordKey(record); ok && entryFile(key) == name {
					keys = append(keys, key)
				}
				clear(record)
			}
		})
	})
	return keys, err
}

// sweep removes what has expired, what is odd, and what a killed writer left.
func (s *tmpfs) sweep(dir int) {
	now := s.now()
	_ = eachFile(dir, func(name string) {
		if strings.HasSuffix(name, tempSuffix) {
			var st unix.Stat_t
			if unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil && now.Sub(time.Unix(st.Mtim.Unix())) > staleTemp {
				_ = unix.Unlinkat(dir, name, 0)
			}
			return
		}
		record, err := readEntry(dir, name)
		if err == nil {
			key, _ := recordKey(record)
			_, err = s.decode(key, record)
			clear(record)
		}
		if errors.Is(err, errOdd) || errors.Is(err, ErrNotFound) {
			_ = unix.Unlinkat(dir, name, 0)
		}
	})
}

// entryFile returns the name of the key's file.
func entryFile(key Key) string {
	sum := blake2s.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16]) + entrySuffix
}

// eachFile calls f with the name of every entry's file in the folder, which it
// shares with the locks.
func eachFile(dir int, f func(name string)) error {
	fd, err := unix.Openat(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	d := os.NewFile(uintptr(fd), ".")
	defer d.Close()
	names, err := d.Readdirnames(-1)
	for _, name := range names {
		if strings.HasSuffix(name, entrySuffix) || strings.HasSuffix(name, tempSuffix) {
			f(name)
		}
	}
	return err
}

// readEntry reads a regular file that only this user can read; anything else in
// its place is malformed.
func readEntry(dir int, name string) ([]byte, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ELOOP) {
		return nil, errOdd
	}
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode != unix.S_IFREG|0o600 || int(st.Uid) != os.Geteuid() || st.Nlink > 1 || st.Size > maxRecord {
		return nil, errOdd
	}
	// Nobody writes to a file that is here, so one read has it all. Package os would
	// set up its poller first, which costs more than all of this.
	record := make([]byte, st.Size)
	for {
		n, err := unix.Read(fd, record)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return record[:max(n, 0)], err
	}
}

// writeTemp writes a new file that no other process can have opened.
func writeTemp(dir int, record []byte) (name string, err error) {
	// In a private folder a name has to be new and need not be hard to guess;
	// crypto/rand would add its generator to every adapter.
	name = strconv.FormatUint(rand.Uint64(), 36) + tempSuffix
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return name, err
	}
	return name, errors.Join(writeAll(fd, record), unix.Fchmod(fd, 0o600), unix.Close(fd))
}

func writeAll(fd int, record []byte) error {
	for len(record) > 0 {
		n, err := unix.Write(fd, record)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		record = record[max(n, 0):]
	}
	return nil
}

// recordKey returns the key in a record of this version.
func recordKey(record []byte) (Key, bool) {
	rest, ok := strings.CutPrefix(string(record), recordVersion+"\n")
	key, _, found := strings.Cut(rest, "\n")
	return Key(key), ok && found && Key(key).usable()
}
