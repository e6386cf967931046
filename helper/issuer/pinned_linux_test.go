package issuer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// What was compared with issuer.sha256 is what is started, whatever has its name by then.
func TestPinnedIsRun(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "plugin")
	write := func(name, word string) error {
		return errors.Join(os.WriteFile(name, []byte("#!/bin/sh\necho "+word+"\n"), 0o755), os.Chmod(name, 0o755))
	}
	if err := write(path, "checked"); err != nil {
		t.Fatal(err)
	}
	o, err := openTrusted("x", path, "", true)
	if err != nil {
		t.Fatal(err)
	}
	defer o.file.Close()
	if err := errors.Join(write(path+"-new", "another"), os.Rename(path+"-new", path)); err != nil {
		t.Fatal(err)
	}
	p, err := newProcess(o, nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Kill(context.Background()) }()
	line := make([]byte, 20)
	n, err := p.Stdout().Read(line)
	if string(line[:n]) != "checked\n" {
		t.Errorf("%q was started, %v", line[:n], err)
	}
	if err := o.unchanged("x"); err == nil {
		t.Error("nobody sees that its name is another file's")
	}
}
