package client

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
)

// keyringForm is the form of a service: the URL of an index, or HOST[:PORT].
func keyringForm() host.Form {
	return host.Form{Schemes: []string{"https", "http"}, Bare: true, Query: true, Escapes: true}
}

// keyring is the command "keyring" of Python, as pip, uv, twine and poetry run it: for
// a host that is answered "get SERVICE USER" prints the password, and "get SERVICE
// --mode creds" the user name before it. Everything else is for the next keyring on
// the PATH.
func keyring(ctx context.Context, c *adapter.Call) error {
	service, user, creds, ok := keyringArgs(c.Args)
	if !ok {
		return nextKeyring(ctx, c)
	}
	cred, err := ask(ctx, c, host.Keyring, keyringForm(), service)
	if errors.Is(err, helper.ErrNoTarget) {
		return nextKeyring(ctx, c)
	}
	if err != nil {
		return err
	}
	if user != "" && user != cred.Username {
		return &helper.Error{
			Who: helper.User, Op: "find the password of", Object: helper.OneLine(user, 120), Code: "other-user",
			Reason: "the user name for this host is " + cred.Username,
			Hint:   "pip config set global.index-url " + helper.ShellWord(indexURL(cred.Username, service)),
		}
	}
	if creds {
		c.Say(cred.Username + "\n")
	}
	c.Say(cred.Secret.Reveal() + "\n")
	return nil
}

// indexURL is the URL of an index with the user name that its host has. A service that
// is a host alone does not say which index it is for.
func indexURL(user, service string) string {
	u, _ := keyringForm().Read(service) // it was answered
	path := "PATH/simple"
	if u.Path != "" {
		path = u.Path
	}
	return u.Protocol + "://" + strings.ReplaceAll(user, "@", "%40") + "@" + u.Host.String() + "/" + path + "/"
}

// keyringArgs reads a command line that asks for a password.
func keyringArgs(args []string) (service, user string, creds, ok bool) {
	args = slices.Clone(args)
	for i, arg := range args {
		switch {
		case arg == "--mode=creds":
			args, creds = slices.Delete(args, i, i+1), true
		case arg == "--mode" && i+1 < len(args) && args[i+1] == "creds":
			args, creds = slices.Delete(args, i, i+2), true
		default:
			continue
		}
		break
	}
	switch {
	case len(args) == 3 && args[0] == "get":
		return args[1], args[2], creds, args[2] != ""
	case len(args) == 2 && args[0] == "get" && creds:
		return args[1], "", true, true
	}
	return "", "", false, false
}

// nextKeyring passes the command on, with its streams; where there is no other
// keyring there is no password, in silence, as for keyring itself.
func nextKeyring(ctx context.Context, c *adapter.Call) error {
	path := findNext(filepath.SplitList(c.Env.Getenv("PATH")))
	if path == "" {
		return adapter.ErrSaid
	}
	name, value, err := c.PassOn()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, c.Args...)
	cmd.Env = append(os.Environ(), name+"="+value)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, c.Stdout(), c.Stderr
	if err := cmd.Run(); err != nil {
		c.Env.Log.Printf("%s: %v", path, err)
		return adapter.ErrSaid
	}
	return nil
}

// findNext returns the first keyring in the folders that is a program and not this
// one.
func findNext(folders []string) string {
	name := "keyring"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	for _, dir := range folders {
		path := filepath.Join(dir, name)
		st, err := os.Stat(path)
		if filepath.IsAbs(dir) && err == nil && st.Mode().IsRegular() && (runtime.GOOS == "windows" || st.Mode()&0o111 != 0) && !adapter.Itself(path) {
			return path
		}
	}
	return ""
}
