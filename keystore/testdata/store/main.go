//go:build linux

// Command store works on a keystore from another process, user or container,
// for the tests. Each argument is a step; a step that fails prints its error and
// the rest goes on.
//
//	person  script       from here on a person may be asked, or not
//	patience=TIME        from here on a keyring has so long for a call
//	open=NAME            open a back end (auto, kernel, ...); print its name and why
//	put=KEY,SECRET,SECS  get=KEY  del=KEY  list  purge
//	join=NAME            join or make a session keyring, a new nameless one for ""
//	link=ID              link a key or keyring into the process keyring
//	read=ID  perm=ID     read a key's payload, or its type and permissions, by id
//	session              print the session keyring's id and description
//	id=KEY               search @s and @u for an entry's key and print its id
//	ready                print a line
//	wait                 read standard input to its end
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/credential-iam/credential-iam/keystore"
)

func main() {
	runtime.LockOSThread()
	w := world{o: keystore.Options{Getenv: os.Getenv, Now: time.Now}}
	for _, arg := range os.Args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		out, err := w.step(name, value)
		if err != nil {
			out = "error: " + err.Error()
		}
		fmt.Printf("%s: %s\n", name, out)
	}
}

type world struct {
	o keystore.Options
	s keystore.Store
}

func (w *world) step(name, value string) (string, error) {
	ctx := context.Background()
	id, _ := strconv.Atoi(value)
	switch name {
	case "person", "script":
		w.o.Interactive = name == "person"
		return "", nil
	case "patience":
		d, err := time.ParseDuration(value)
		w.o.Patience = d
		return "", err
	case "open", "unchecked":
		w.o.Unchecked = name == "unchecked"
		c, err := keystore.Open(ctx, value, w.o)
		if err != nil {
			return "", err
		}
		w.s = c.Store
		return c.Name() + " (" + c.Why + ")", nil
	case "put":
		f := strings.Split(value, ",")
		secs, err := strconv.Atoi(f[2])
		if err != nil {
			return "", err
		}
		now := time.Now()
		return "ok", w.s.Put(ctx, keystore.Key(f[0]), keystore.Entry{Secret: keystore.NewSecret(f[1]),
			Issued: now, Expires: now.Add(time.Duration(secs) * time.Second)})
	case "get":
		e, err := w.s.Get(ctx, keystore.Key(value))
		return e.Secret.Reveal(), err
	case "del":
		return "ok", w.s.Delete(ctx, keystore.Key(value))
	case "list":
		keys, err := w.s.List(ctx)
		return fmt.Sprint(keys), err
	case "purge":
		n, err := keystore.Purge(ctx, w.s)
		return strconv.Itoa(n), err
	case "ready":
		return "", nil
	case "wait":
		_, err := io.Copy(io.Discard, os.Stdin)
		return "ok", err
	}
	return raw(name, value, id)
}

func raw(name, value string, id int) (string, error) {
	switch name {
	case "join":
		if value == "" {
			n, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0)
			return strconv.Itoa(n), err
		}
		n, err := unix.KeyctlJoinSessionKeyring(value)
		return strconv.Itoa(n), err
	case "link":
		n, err := unix.KeyctlInt(unix.KEYCTL_LINK, id, unix.KEY_SPEC_PROCESS_KEYRING, 0, 0)
		return strconv.Itoa(n), err
	case "read":
		b := make([]byte, 4096)
		n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, b, 0)
		return strconv.Quote(string(b[:max(n, 0)])), err
	case "perm":
		return unix.KeyctlString(unix.KEYCTL_DESCRIBE, id)
	case "session":
		n, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, false)
		if err != nil {
			return "", err
		}
		d, err := unix.KeyctlString(unix.KEYCTL_DESCRIBE, n)
		return strconv.Itoa(n) + " " + d, err
	case "id":
		for _, ring := range []int{unix.KEY_SPEC_SESSION_KEYRING, unix.KEY_SPEC_USER_KEYRING} {
			if n, err := unix.KeyctlSearch(ring, "user", "credential-iam:"+value, 0); err == nil {
				return strconv.Itoa(n), nil
			}
		}
		return "", unix.ENOKEY
	}
	return "", fmt.Errorf("unknown step %q", name)
}
