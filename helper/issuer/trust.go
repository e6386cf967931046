package issuer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// opened is a plugin's file that passed every check, held open so that what is
// started is what was checked.
type opened struct {
	// path is absolute and has no links.
	path string
	file *os.File
	info os.FileInfo
	// sum is set where the configuration pins the file, or on request.
	sum string
}

// openTrusted checks who can change the plugin's file and every folder on the
// way to it, then opens it. With a pin (issuer.sha256) the bytes of the opened
// file are compared. Nothing is checked about folders' owners on Windows, whose
// access lists say it in another way: a pin is the means there.
func openTrusted(name, path, pin string, sum bool) (*opened, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, refuse(name, path, err.Error(), "ls -l "+helper.ShellWord(path))
	}
	// A link is as trustworthy as the folder that it lies in and its target.
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return nil, refuse(name, path, err.Error(), "ls -ld "+helper.ShellWord(filepath.Dir(path)))
	}
	for _, dir := range []string{folder, filepath.Dir(real)} {
		if e := trustFolder(name, path, dir); e != nil {
			return nil, e
		}
	}
	st, err := os.Lstat(real)
	if err != nil {
		return nil, refuse(name, real, err.Error(), "ls -l "+helper.ShellWord(real))
	}
	if e := trustFile(name, real, st); e != nil {
		return nil, e
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, refuse(name, real, err.Error(), "chmod u+rx "+helper.ShellWord(real))
	}
	o := &opened{path: real, file: f}
	if err := o.check(name, st, pin, sum); err != nil {
		_ = f.Close()
		return nil, err
	}
	return o, nil
}

func (o *opened) check(name string, before os.FileInfo, pin string, sum bool) error {
	var err error
	if o.info, err = o.file.Stat(); err != nil {
		return refuse(name, o.path, err.Error(), "")
	}
	if !os.SameFile(before, o.info) {
		return refuse(name, o.path, "the file was replaced while it was being checked", "ls -l "+helper.ShellWord(o.path))
	}
	if e := trustFile(name, o.path, o.info); e != nil {
		return e
	}
	if pin == "" && !sum {
		return nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, o.file); err != nil {
		return refuse(name, o.path, err.Error(), "")
	}
	o.sum = hex.EncodeToString(h.Sum(nil))
	if pin == "" {
		return nil
	}
	want, err := hex.DecodeString(strings.ToLower(pin))
	if err != nil || len(want) != sha256.Size {
		e := refuse(name, o.path, "issuer.sha256 is not 64 hexadecimal digits", "sha256sum "+helper.ShellWord(o.path))
		e.Code = "bad-pin"
		return e
	}
	if subtle.ConstantTimeCompare(want, h.Sum(nil)) != 1 {
		e := refuse(name, o.path, fmt.Sprintf("its sha256 is %s, not %s as issuer.sha256 says: it was changed or upgraded", o.sum, strings.ToLower(pin)), "sha256sum "+helper.ShellWord(o.path))
		e.Code = "pin-mismatch"
		return e
	}
	return nil
}

// unchanged looks whether the pinned name still means the file that was checked,
// for systems where a program is started by its name.
func (o *opened) unchanged(name string) error {
	if o.sum == "" {
		return nil
	}
	st, err := os.Lstat(o.path)
	if err != nil || !os.SameFile(st, o.info) || !st.ModTime().Equal(o.info.ModTime()) || st.Size() != o.info.Size() {
		return refuse(name, o.path, "the file was replaced while it was being started", "sha256sum "+helper.ShellWord(o.path))
	}
	return nil
}

func trustFile(name, path string, st os.FileInfo) *helper.Error {
	switch {
	case !st.Mode().IsRegular():
		return refuse(name, path, "it is not a regular file", "ls -l "+helper.ShellWord(path))
	case !executable(st):
		return refuse(name, path, "it is not executable", "chmod u+x "+helper.ShellWord(path))
	case st.Mode().Perm()&0o022 != 0 && modesCount:
		return refuse(name, path, fmt.Sprintf("others can change it (mode %04o)", st.Mode().Perm()), "chmod go-w "+helper.ShellWord(path))
	case !ownedByUs(st):
		return refuse(name, path, "it belongs neither to you nor to root", "ls -ln "+helper.ShellWord(path))
	}
	return nil
}

// trustFolder checks the plugin's own folder strictly, and those above it as far
// as they let others replace it: there a sticky bit (/tmp) is enough, because
// nobody can rename what is not his.
func trustFolder(name, path, dir string) *helper.Error {
	for own := true; modesCount; own = false {
		st, err := os.Lstat(dir)
		if err != nil {
			return refuse(name, path, err.Error(), "ls -ld "+helper.ShellWord(dir))
		}
		mode := st.Mode()
		loose := mode.Perm()&0o022 != 0
		if !own && (mode&os.ModeSticky != 0 || mode.Perm()&0o002 == 0 && adminGroup(st)) {
			loose = false
		}
		if loose {
			hint := "chmod go-w " + helper.ShellWord(dir)
			if mode&os.ModeSticky != 0 {
				hint = "ls -ld " + helper.ShellWord(dir)
			}
			return refuse(name, path, fmt.Sprintf("others can change its folder %s (mode %04o)", dir, mode.Perm()), hint)
		}
		if !ownedByUs(st) {
			return refuse(name, path, fmt.Sprintf("its folder %s belongs neither to you nor to root", dir), "ls -ldn "+helper.ShellWord(dir))
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil
		}
		dir = up
	}
	return nil
}

func refuse(name, path, reason, hint string) *helper.Error {
	return &helper.Error{
		Who: helper.User, Op: "start issuer plugin", Object: name, Code: "plugin-refused",
		Reason: fmt.Sprintf("%s is refused: %s", path, reason), Hint: hint,
	}
}
