package programs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Depend has the result of the test that calls it forgotten when a program changes. Go
// keeps a result while the test's own packages, and the files and folders that it has
// opened, are as they were; of a program that it has another process build it knows
// nothing. So this opens every folder of the module's source.
func Depend() error {
	root, err := module()
	if err != nil {
		return err
	}
	for _, name := range []string{"go.mod", "go.sum", "install.sh", "cmd", "helper", "keystore"} {
		err := filepath.WalkDir(filepath.Join(root, name), func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // what a test has made, and removed since
			return err
		}
	}
	return nil
}

// module is the folder of this module, which the working folder is in.
func module() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("not in a module")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}
