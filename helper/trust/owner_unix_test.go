//go:build unix

package trust

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// found is a file of somebody's.
type found struct {
	fs.FileInfo
	mode     fs.FileMode
	uid, gid int
}

func (f found) Mode() fs.FileMode { return f.mode }
func (f found) Sys() any          { return &syscall.Stat_t{Uid: uint32(f.uid), Gid: uint32(f.gid)} }

// TestOwners has files of all kinds of people: who else than the user and root can
// write one is not trusted, and of a machine's file nobody else than root.
func TestOwners(t *testing.T) {
	const another = 54321
	me := os.Geteuid()
	for _, c := range []struct {
		name       string
		file       found
		ours, root bool
	}{
		{"root's", found{mode: 0o755}, true, true},
		{"the user's", found{mode: 0o755, uid: me, gid: me}, true, me == 0},
		{"another's", found{mode: 0o755, uid: another}, false, false},
		{"root's, of a group that writes", found{mode: 0o775, gid: another}, false, false},
		{"the user's, of a group that writes", found{mode: 0o775, uid: me, gid: another}, false, false},
		{"root's, of root's group that writes", found{mode: 0o775}, false, false},
		{"the user's, everybody's", found{mode: 0o777, uid: me, gid: me}, false, false},
		{"another's, of the user's group that writes", found{mode: 0o775, uid: another, gid: me}, false, false},
	} {
		for who, want := range map[Who]bool{Ours: c.ours, Admin: c.root} {
			if e := Check("/file", c.file, who); (e == nil) != want {
				t.Errorf("%s: who %d: %v, want trust %v", c.name, who, e, want)
			}
		}
	}
}

// TestOwnersOfFolders has a program in another's folder, and in one of ours below it:
// whoever owns a folder can put another file in its place.
func TestOwnersOfFolders(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give a folder away")
	}
	folder := t.TempDir()
	below := filepath.Join(folder, "bin")
	if err := os.Mkdir(below, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{folder, below} {
		path := filepath.Join(dir, "program")
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, _, e := Program(path); e != nil {
			t.Errorf("ours: %v", e)
		}
		if err := os.Chown(folder, 54321, 54321); err != nil {
			t.Fatal(err)
		}
		if _, _, e := Program(path); e == nil {
			t.Errorf("%s is trusted in another's folder", path)
		}
		if err := os.Chown(folder, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGroupsOfFolders has a folder above the program's that a group can write: only one
// that can become root anyway may.
func TestGroupsOfFolders(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give a folder away")
	}
	dir, program := home(t)
	above := filepath.Dir(dir)
	for group, want := range map[int]bool{0: true, 54321: false} {
		if err := errors.Join(os.Chown(above, 0, group), os.Chmod(above, 0o775)); err != nil {
			t.Fatal(err)
		}
		if _, _, e := Program(program); (e == nil) != want {
			t.Errorf("group %d: %v, want trust %v", group, e, want)
		}
	}
}

// TestHomebrew has the folders of Homebrew on macOS, which its administrators can write,
// and which are nobody's to trust elsewhere.
func TestHomebrew(t *testing.T) {
	const admin, staff = 80, 20
	for _, c := range []struct {
		name       string
		folder     found
		own, above bool // whether it is open on macOS
	}{
		{"the administrators'", found{mode: 0o775, gid: admin}, false, false},
		{"everybody's", found{mode: 0o777, gid: admin}, true, true},
		{"another group's", found{mode: 0o775, gid: staff}, true, true},
		{"root's group's", found{mode: 0o775}, true, false},
		{"everybody's, where each has files of his own", found{mode: 0o777 | fs.ModeSticky, gid: admin}, true, false},
		{"the user's alone", found{mode: 0o755, gid: admin}, false, false},
	} {
		if got := open(c.folder, Ours, true, true); got != c.own {
			t.Errorf("%s: the program's own folder is open: %v, want %v", c.name, got, c.own)
		}
		if got := open(c.folder, Ours, false, true); got != c.above {
			t.Errorf("%s: a folder above it is open: %v, want %v", c.name, got, c.above)
		}
	}
	folder := found{mode: 0o775, gid: admin}
	if !open(folder, Ours, true, false) || !open(folder, Ours, false, false) {
		t.Error("a folder of group 80 is trusted on another system")
	}
	if !open(folder, Admin, true, true) {
		t.Error("the administrators' folder is trusted with the machine's configuration")
	}
}

// TestPrivate is for sockets: nobody else may open the folder.
func TestPrivate(t *testing.T) {
	dir := t.TempDir()
	for mode, want := range map[fs.FileMode]bool{0o700: true, 0o750: false, 0o701: false, 0o777: false, 0o500: false} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if got := Private(dir); got != want {
			t.Errorf("mode %o: %v, want %v", mode, got, want)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := errors.Join(os.Chmod(dir, 0o700), os.WriteFile(file, nil, 0o700)); err != nil {
		t.Fatal(err)
	}
	if Private(file) || Private(file+"x") {
		t.Error("a file is a folder, or what is not there")
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 54321, 54321); err != nil {
			t.Fatal(err)
		}
		if Private(dir) {
			t.Error("another's folder is private")
		}
	}
}

// TestPrivateGroup takes a group for the user's own only if nobody else is in it.
func TestPrivateGroup(t *testing.T) {
	const groups = "root:x:0:\nalice:x:1000:\nbob:x:1001:bob\ncarol:x:1002:dave\nerin:x:1003:erin,dave\nshort:x:1004\n"
	for uid, want := range map[int]bool{1000: true, 1001: true, 1002: false, 1003: false, 1004: false, 1005: false} {
		if got := aloneIn(groups, uid); got != want {
			t.Errorf("%d: got %v, want %v", uid, got, want)
		}
	}
	if aloneIn(strings.ReplaceAll(groups, "\n", "\r\n"), 1002) {
		t.Error("another line end lets another member in")
	}
}
