package issuer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/trust"
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
// way to it (package trust), then opens it. With a pin (issuer.sha256) the bytes of the opened
// file are compared.
func openTrusted(name, path, pin string, sum bool) (*opened, error) {
	real, st, e := trust.Program(path)
	if e != nil {
		return nil, refuse(name, path, e.Reason, e.Hint)
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, refuse(name, real, err.Error(), helper.AllowCommand("u+rx", real))
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
		return refuse(name, o.path, "the file was replaced while it was being checked", helper.ListCommand(o.path))
	}
	if e := trust.Check(o.path, o.info, trust.Ours); e != nil {
		return refuse(name, o.path, e.Reason, e.Hint)
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
		e := refuse(name, o.path, "issuer.sha256 is not 64 hexadecimal digits", helper.SumCommand(o.path))
		e.Code = "bad-pin"
		return e
	}
	if subtle.ConstantTimeCompare(want, h.Sum(nil)) != 1 {
		e := refuse(name, o.path, fmt.Sprintf("its sha256 is %s, not %s as issuer.sha256 says: it was changed or upgraded", o.sum, strings.ToLower(pin)), helper.SumCommand(o.path))
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
		return refuse(name, o.path, "the file was replaced while it was being started", helper.SumCommand(o.path))
	}
	return nil
}

func refuse(name, path, reason, hint string) *helper.Error {
	return &helper.Error{
		Who: helper.User, Op: "start issuer plugin", Object: name, Code: "plugin-refused",
		Reason: fmt.Sprintf("%s is refused: %s", path, reason), Hint: hint,
	}
}
