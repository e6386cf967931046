//go:build linux

package guest

import (
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// start is the guest's first process.
//
//go:embed init.sh
var start string

// archive writes the root of a guest as the kernel wants it: a cpio archive of the
// format newc, cpio(5).
type archive struct {
	w     io.Writer
	made  map[string]bool
	count int
	err   error
}

// image writes the root: the kernel's modules and busybox of dir, and each of trees, a
// folder of this machine, at the same path and of the same owner.
func image(w io.Writer, dir string, trees []string) error {
	a := &archive{w: w, made: map[string]bool{".": true}}
	a.folder("bin")
	a.file("bin/busybox", filepath.Join(dir, "busybox"))
	a.entry("init", syscall.S_IFREG|0o755, 0, []byte(start))
	modules, err := filepath.Glob(filepath.Join(dir, "modules", "*.ko"))
	if err != nil {
		return err
	}
	for _, m := range modules {
		a.folder("modules")
		a.file("modules/"+filepath.Base(m), m)
	}
	for _, tree := range trees {
		a.folder(strings.TrimPrefix(filepath.Dir(tree), "/"))
		if err := filepath.WalkDir(tree, a.walked); err != nil {
			return err
		}
	}
	a.entry("TRAILER!!!", 0, 0, nil)
	return a.err
}

// walked adds a file or folder of this machine.
func (a *archive) walked(path string, d fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	st, err := d.Info()
	if err != nil {
		return err
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%s: owner unknown", path)
	}
	var content []byte
	switch {
	case d.Type() == fs.ModeSymlink:
		var to string
		to, err = os.Readlink(path)
		content = []byte(to)
	case d.Type().IsRegular():
		content, err = os.ReadFile(path)
	}
	if err == nil {
		a.entry(strings.TrimPrefix(path, "/"), sys.Mode, sys.Uid, content)
	}
	return err
}

// folder adds a folder of root's with those above it.
func (a *archive) folder(name string) {
	if a.made[name] {
		return
	}
	a.made[name] = true
	a.folder(filepath.Dir(name))
	a.entry(name, syscall.S_IFDIR|0o755, 0, nil)
}

// file adds a program or module.
func (a *archive) file(name, from string) {
	b, err := os.ReadFile(from)
	if a.err == nil {
		a.err = err
	}
	a.entry(name, syscall.S_IFREG|0o755, 0, b)
}

func (a *archive) entry(name string, mode, owner uint32, content []byte) {
	if a.err != nil {
		return
	}
	a.count++
	links, modified, device := 1, 0, 0
	head := fmt.Sprintf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00", a.count, mode, owner, owner, links, modified,
		len(content), device, device, device, device, len(name)+1, 0, name)
	_, a.err = io.WriteString(a.w, padded(head)+padded(string(content)))
}

// padded is s with zeros to the next multiple of four.
func padded(s string) string { return s + strings.Repeat("\x00", -len(s)&3) }
