package identity

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestShred destroys the file that was read and no other one.
func TestShred(t *testing.T) {
	dir := t.TempDir()
	path, other, link := filepath.Join(dir, "key.json"), filepath.Join(dir, "other"), filepath.Join(dir, "link")
	for name, c := range map[string]struct {
		meanwhile func() error
		stays     string
	}{
		"as it was read": {func() error { return nil }, ""},
		"changed":        {func() error { return os.WriteFile(path, []byte("new"), 0o600) }, "new"},
		"longer":         {func() error { return os.WriteFile(path, []byte("old and new"), 0o600) }, "old and new"},
		"replaced":       {func() error { return os.Rename(other, path) }, "theirs"},
	} {
		write(t, path, "old")
		write(t, other, "theirs")
		s, err := openShreddable(path)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := s.read(10)
		if err != nil || string(raw) != "old" {
			t.Fatalf("%q, %v", raw, err)
		}
		if err := os.Link(path, link); err != nil {
			t.Skip(err)
		}
		if err := c.meanwhile(); err != nil {
			s.close() // Windows replaces no file that is open
			t.Logf("%s: %v", name, err)
			_ = os.Remove(link)
			continue
		}
		err = s.shred(raw)
		s.close()
		left, _ := os.ReadFile(path)
		if (err == nil) != (c.stays == "") || string(left) != c.stays {
			t.Errorf("%s: %v; %q is left, want %q", name, err, left, c.stays)
		}
		if was, _ := os.ReadFile(link); err == nil && strings.Trim(string(was), "\x00") != "" {
			t.Errorf("%s: the bytes %q are on the disk still", name, was)
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
}

// TestShredRefuses what is no file under its own name, and reads no more than is asked.
func TestShredRefuses(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "key.json"), filepath.Join(dir, "link")
	write(t, path, "0123456789")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	for _, not := range []string{link, dir, filepath.Join(dir, "nothing")} {
		if s, err := openShreddable(not); err == nil {
			s.close()
			t.Errorf("%s is opened", not)
		}
	}
	if _, err := openShreddable(link); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("a link: %v", err)
	}
	s, err := openShreddable(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for limit, good := range map[int64]bool{9: false, 10: true} {
		if b, err := s.read(limit); (err == nil) != good || good != (len(b) == 10) {
			t.Errorf("limit %d: %q, %v", limit, b, err)
		}
	}
}

// TestShredRace puts a link in the file's place, time and again, while it is opened:
// what the link leads to is never opened.
func TestShredRace(t *testing.T) {
	dir := t.TempDir()
	path, target := filepath.Join(dir, "key.json"), filepath.Join(dir, "target")
	write(t, path, "old")
	write(t, target, "theirs")
	theirs, err := os.Stat(target)
	if err != nil {
		t.Fatal(err)
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for next := filepath.Join(dir, "next"); ; {
			select {
			case <-end:
				return
			default:
			}
			if os.Symlink(target, next) != nil || os.Rename(next, path) != nil {
				return
			}
			if os.WriteFile(next, []byte("old"), 0o600) != nil || os.Rename(next, path) != nil {
				return
			}
		}
	}()
	for range 20_000 {
		s, err := openShreddable(path)
		if err != nil {
			continue
		}
		st, err := s.file.Stat()
		s.close()
		if err != nil || os.SameFile(st, theirs) {
			t.Errorf("the file behind the link is opened: %v", err)
			break
		}
	}
	close(end)
	<-ended
}
