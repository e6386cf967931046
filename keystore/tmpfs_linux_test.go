package keystore_test

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/blake2s"
	"golang.org/x/sys/unix"

	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// shmDir returns a folder on a memory file system; workers of one test share it.
func shmDir(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("TEST_SHM_DIR"); dir != "" {
		return dir
	}
	dir, err := os.MkdirTemp("/dev/shm", "keystore-test")
	if err != nil {
		t.Skipf("no memory file system: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("TEST_SHM_DIR", dir)
	return dir
}

func openTmpfs(t *testing.T, dir string) keystore.Store {
	t.Helper()
	c, err := keystore.Open(context.Background(), "tmpfs",
		keystore.Options{Getenv: env(map[string]string{"XDG_RUNTIME_DIR": dir}), Now: time.Now})
	if err != nil {
		t.Skipf("no tmpfs: %v", err)
	}
	return c.Store
}

func TestTmpfs(t *testing.T) {
	dir := shmDir(t)
	keystoretest.Run(t, func(t *testing.T) keystore.Store { return openTmpfs(t, dir) })
}

func TestTmpfsOdd(t *testing.T) {
	dir := shmDir(t)
	keystoretest.Odd(t, func(t *testing.T) keystore.Store { return openTmpfs(t, dir) },
		func(t *testing.T, key keystore.Key, record []byte) {
			if err := os.WriteFile(entryPath(dir, key), record, 0o600); err != nil {
				t.Fatal(err)
			}
		})
}

func entryPath(dir string, key keystore.Key) string {
	sum := blake2s.Sum256([]byte(key))
	return filepath.Join(dir, "credential-iam", hex.EncodeToString(sum[:16])+".entry")
}

// What stands in the place of an entry's file is neither followed nor read.
func TestTmpfsAttacks(t *testing.T) {
	ctx := context.Background()
	for name, attack := range map[string]func(t *testing.T, path string){
		"symlink": func(t *testing.T, path string) {
			other := path + ".other"
			must(t, os.Rename(path, other))
			must(t, os.Symlink(other, path))
		},
		"hardlink":    func(t *testing.T, path string) { must(t, os.Link(path, path+".other")) },
		"permissions": func(t *testing.T, path string) { must(t, os.Chmod(path, 0o644)) },
		"folder":      func(t *testing.T, path string) { must(t, os.Remove(path)); must(t, os.Mkdir(path, 0o700)) },
		"pipe":        func(t *testing.T, path string) { must(t, os.Remove(path)); must(t, unix.Mkfifo(path, 0o600)) },
		"big":         func(t *testing.T, path string) { must(t, os.Truncate(path, 1<<20)) },
		"owner": func(t *testing.T, path string) {
			if os.Geteuid() != 0 {
				t.Skip("only root may give a file away")
			}
			must(t, os.Chown(path, 54005, 54005))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := shmDir(t)
			s := openTmpfs(t, dir)
			key := keystore.NewKey("access", "a", "1")
			now := time.Now()
			must(t, s.Put(ctx, key, keystore.Entry{Secret: keystore.NewSecret("s"), Issued: now, Expires: now.Add(time.Hour)}))
			if st, err := os.Lstat(entryPath(dir, key)); err != nil || st.Mode() != 0o600 {
				t.Fatalf("mode %v, %v", st.Mode(), err)
			}
			attack(t, entryPath(dir, key))
			late := time.AfterFunc(10*time.Second, func() { // who waits for a pipe's other end has it then
				t.Error("the entry is waited for")
				_, _ = unix.Open(entryPath(dir, key), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
			})
			defer late.Stop()
			if e, err := s.Get(ctx, key); !errors.Is(err, keystore.ErrNotFound) && name != "folder" || err == nil {
				t.Errorf("got %v, %v", e, err)
			}
		})
	}
}

// An entry is for its user to read and write, whatever the umask is.
func TestTmpfsUmask(t *testing.T) {
	dir := shmDir(t)
	s := openTmpfs(t, dir)
	key := testKey(t)
	for _, mask := range []int{0, 0o277} {
		before := unix.Umask(mask)
		err := s.Put(context.Background(), key, fresh("s", time.Hour))
		unix.Umask(before)
		must(t, err)
		if st, err := os.Lstat(entryPath(dir, key)); err != nil || st.Mode() != 0o600 {
			t.Errorf("umask %o: mode %v, %v", mask, st.Mode(), err)
		}
	}
}

// A file that has another entry's name is no entry.
func TestTmpfsMisnamed(t *testing.T) {
	dir := shmDir(t)
	s := openTmpfs(t, dir)
	key, other := keystore.NewKey("access", "a", "1"), keystore.NewKey("access", "a", "2")
	must(t, s.Put(context.Background(), key, fresh("s", time.Hour)))
	record, err := os.ReadFile(entryPath(dir, key))
	must(t, err)
	must(t, os.WriteFile(entryPath(dir, other), record, 0o600))
	if keys, err := s.List(context.Background()); err != nil || !slices.Equal(keys, []keystore.Key{key}) {
		t.Errorf("listed %q, %v", keys, err)
	}
	if e, err := s.Get(context.Background(), other); !errors.Is(err, keystore.ErrNotFound) {
		t.Errorf("got %v, %v", e, err)
	}
}

// What stands in the place of the folder once the store is open is not used either.
func TestTmpfsReplaced(t *testing.T) {
	ctx := context.Background()
	for name, replace := range map[string]func(t *testing.T, dir string){
		"link":        func(t *testing.T, dir string) { must(t, os.Rename(dir, dir+"-x")); must(t, os.Symlink(dir+"-x", dir)) },
		"permissions": func(t *testing.T, dir string) { must(t, os.Chmod(dir, 0o755)) },
		"owner": func(t *testing.T, dir string) {
			if os.Geteuid() != 0 {
				t.Skip("only root may give a folder away")
			}
			must(t, os.Chown(dir, 54005, 54005))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := shmDir(t)
			s := openTmpfs(t, dir)
			now := time.Now()
			entry := keystore.Entry{Secret: keystore.NewSecret("s"), Issued: now, Expires: now.Add(time.Hour)}
			kept, late := keystore.NewKey("access", "a", "1"), keystore.NewKey("access", "a", "2")
			must(t, s.Put(ctx, kept, entry))
			replace(t, filepath.Join(dir, "credential-iam"))
			if _, err := s.Get(ctx, kept); err == nil {
				t.Error("an entry was read")
			}
			if err := s.Put(ctx, late, entry); err == nil {
				t.Error("an entry was written")
			}
		})
	}
}

// A folder that is not in memory, is open to others or is a link is refused; the
// store never falls back to a disk.
func TestTmpfsFolders(t *testing.T) {
	open := func(dir string) (keystore.Store, error) {
		c, err := keystore.Open(context.Background(), "tmpfs",
			keystore.Options{Getenv: env(map[string]string{"XDG_RUNTIME_DIR": dir}), Now: time.Now})
		return c.Store, err
	}
	disk := t.TempDir()
	if s, err := open(disk); err == nil {
		now := time.Now()
		key := keystore.NewKey("access", "folder", "1")
		must(t, s.Put(context.Background(), key, keystore.Entry{Secret: keystore.NewSecret("s"), Issued: now, Expires: now.Add(time.Hour)}))
		defer s.Delete(context.Background(), key)
		if files, _ := filepath.Glob(filepath.Join(disk, "credential-iam", "*")); len(files) > 0 && !onTmpfs(disk) {
			t.Errorf("an entry lies on a disk: %v", files)
		}
	}
	shm := shmDir(t)
	must(t, os.Mkdir(filepath.Join(shm, "credential-iam"), 0o755))
	now := time.Now()
	if s, err := open(shm); err == nil {
		key := keystore.NewKey("access", "folder", "2")
		must(t, s.Put(context.Background(), key, keystore.Entry{Secret: keystore.NewSecret("s"), Issued: now, Expires: now.Add(time.Hour)}))
		defer s.Delete(context.Background(), key)
		if files, _ := os.ReadDir(filepath.Join(shm, "credential-iam")); len(files) > 0 {
			t.Error("a folder that others can read was used")
		}
	}
}

// A Put sweeps what has expired and what a killed writer left.
func TestTmpfsSweep(t *testing.T) {
	dir := shmDir(t)
	s := openTmpfs(t, dir)
	now := time.Now()
	entry := func(left time.Duration) keystore.Entry {
		return keystore.Entry{Secret: keystore.NewSecret("s"), Issued: now.Add(-time.Hour), Expires: now.Add(left)}
	}
	old := keystore.NewKey("access", "a", "old")
	must(t, s.Put(context.Background(), old, entry(-time.Minute)))
	left := filepath.Join(dir, "credential-iam", "X.new")
	must(t, os.WriteFile(left, []byte("s"), 0o600))
	must(t, os.Chtimes(left, now.Add(-time.Hour), now.Add(-time.Hour)))
	must(t, s.Put(context.Background(), keystore.NewKey("access", "a", "new"), entry(time.Hour)))
	files, err := os.ReadDir(filepath.Join(dir, "credential-iam"))
	must(t, err)
	if len(files) != 1 || !strings.HasSuffix(files[0].Name(), ".entry") {
		t.Errorf("after the sweep there is %v, want one entry", files)
	}
}

func onTmpfs(dir string) bool {
	var st unix.Statfs_t
	return unix.Statfs(dir, &st) == nil && int64(st.Type) == unix.TMPFS_MAGIC
}

// Who purges from another environment, cron say, finds the entries too.
func TestTmpfsElsewhere(t *testing.T) {
	dir := shmDir(t)
	ctx, key := context.Background(), testKey(t)
	must(t, openTmpfs(t, dir).Put(ctx, key, fresh("s", time.Hour)))
	find := func() (found bool) {
		for _, s := range keystore.All(keystore.Options{Getenv: env(map[string]string{"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}), Now: time.Now}) {
			if _, err := s.Get(ctx, key); err == nil {
				found = true
				must(t, s.Delete(ctx, key))
			}
		}
		return found
	}
	if !find() || find() {
		t.Error("an entry is not found without XDG_RUNTIME_DIR")
	}
	links := func() []string {
		all, _ := filepath.Glob("/dev/shm/credential-iam-*/*.at")
		return slices.DeleteFunc(all, func(link string) bool { to, _ := os.Readlink(link); return to != filepath.Join(dir, "credential-iam") })
	}
	if len(links()) != 1 {
		t.Errorf("links: %v", links())
	}
	must(t, os.RemoveAll(filepath.Join(dir, "credential-iam")))
	if find() || len(links()) != 0 {
		t.Errorf("the link to a folder that is gone stays: %v", links())
	}
}

// All has every folder that could hold entries, and makes none.
func TestAll(t *testing.T) {
	dir := shmDir(t)
	o := keystore.Options{Getenv: env(map[string]string{"XDG_RUNTIME_DIR": dir, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}), Now: time.Now}
	count := func() map[string]int {
		n := map[string]int{}
		for _, s := range keystore.All(o) {
			n[s.Name()]++
		}
		return n
	}
	before := count()
	if _, err := os.Stat(filepath.Join(dir, "credential-iam")); err == nil {
		t.Error("All made a folder")
	}
	ctx, key := context.Background(), keystore.NewKey("access", "all", "1")
	now := time.Now()
	must(t, openTmpfs(t, dir).Put(ctx, key, keystore.Entry{Secret: keystore.NewSecret("s"), Issued: now, Expires: now.Add(time.Hour)}))
	after := count()
	if after["tmpfs"] != before["tmpfs"]+1 || after["keyring"] != 0 || after["none"] != 0 {
		t.Errorf("before %v, after %v", before, after)
	}
	found := false
	for _, s := range keystore.All(o) {
		if _, err := s.Get(ctx, key); err == nil {
			found = true
			must(t, s.Delete(ctx, key))
		}
	}
	if !found {
		t.Error("no store of All has the entry")
	}
}
