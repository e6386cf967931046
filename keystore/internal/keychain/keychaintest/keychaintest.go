// Package keychaintest stands in for macOS's security(1) on other systems: the verbs
// that the product uses, as Apple's source (SecurityTool) has them, on files in a
// folder. It neither encrypts nor prompts, and two runs at a time fail one of them, as
// securityd does.
//
// It is for tests alone, and no judge of macOS: what Apple's program printed is in
// the testdata of package keychain.
package keychaintest

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The framework's errors that the stand-in has.
const (
	notFound  = -25300
	duplicate = -25299
	noDefault = -25307
)

// Security is one run of the program on the items in Dir.
type Security struct {
	Dir            string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Run runs a command and returns the exit status. Each run's arguments are a line of
// the file argv in Dir.
func (s Security) Run(args ...string) int {
	log, err := os.OpenFile(filepath.Join(s.Dir, "argv"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	defer log.Close()
	fmt.Fprintf(log, "%q\n", args)
	if slices.Equal(args, []string{"-i"}) {
		return int(uint8(s.interactive()))
	}
	return int(uint8(s.command(args)))
}

// interactive runs the command of each line.
func (s Security) interactive() (status int) {
	lines := bufio.NewScanner(s.Stdin)
	for lines.Scan() {
		args := Split(lines.Text())
		if len(args) == 0 {
			continue
		}
		if status = s.command(args); status != 0 {
			fmt.Fprintf(s.Stderr, "%s: returned %d\n", args[0], status)
		}
	}
	return status
}

// command runs one command. Its status is the framework's error.
func (s Security) command(args []string) int {
	o := options(args[1:])
	file := filepath.Join(s.Dir, hex.EncodeToString([]byte(o['s']))+"."+hex.EncodeToString([]byte(o['a'])))
	old, err := os.ReadFile(file)
	switch args[0] {
	case "find-generic-password", "delete-generic-password":
		if err != nil {
			return s.fail("SecKeychainSearchCopyNext", notFound)
		}
		if args[0][0] == 'f' {
			fmt.Fprintf(s.Stdout, "%s\n", printable(old))
			return 0
		}
		s.attributes(o['s'], o['a'])
		fmt.Fprintln(s.Stderr, "password has been deleted.")
		return status(os.Remove(file))
	case "add-generic-password":
		if _, update := o['U']; err == nil && !update {
			return s.fail("SecKeychainItemCreateFromContent (<default>)", duplicate)
		}
		if s.lacksDefault() {
			return s.fail("SecKeychainItemCreateFromContent (<default>)", noDefault)
		}
		return status(os.WriteFile(file, []byte(o['w']), 0o600))
	case "dump-keychain":
		return s.dump()
	case "default-keychain":
		if s.lacksDefault() {
			s.fail("SecKeychainCopyDefault", noDefault)
			return 1
		}
		fmt.Fprintf(s.Stdout, "    %q\n", filepath.Join(s.Dir, "login.keychain-db"))
		return 0
	}
	fmt.Fprintf(s.Stderr, "security: unknown command %q\n", args[0])
	return 1
}

// lacksDefault reports whether a test made the file no-default.
func (s Security) lacksDefault() bool {
	_, err := os.Stat(filepath.Join(s.Dir, "no-default"))
	return err == nil
}

func (s Security) fail(function string, code int) int {
	texts := map[int]string{
		notFound: "The specified item could not be found in the keychain.", noDefault: "A default keychain could not be found.",
		duplicate: "The specified item already exists in the keychain.",
	}
	fmt.Fprintf(s.Stderr, "security: %s: %s\n", function, texts[code])
	return code
}

func (s Security) dump() int {
	files, err := filepath.Glob(filepath.Join(s.Dir, "*.*"))
	for _, file := range files {
		service, account, _ := strings.Cut(filepath.Base(file), ".")
		a, err1 := hex.DecodeString(service)
		b, err2 := hex.DecodeString(account)
		if err := errors.Join(err1, err2); err == nil {
			s.attributes(string(a), string(b))
		}
	}
	return status(err)
}

func (s Security) attributes(service, account string) {
	fmt.Fprintf(s.Stdout, "keychain: %q\nversion: 512\nclass: \"genp\"\nattributes:\n    0x00000007 <blob>=%s\n    \"acct\"<blob>=%s\n    \"svce\"<blob>=%s\n",
		filepath.Join(s.Dir, "login.keychain-db"), blob(service), blob(account), blob(service))
}

// blob is an attribute as security prints it.
func blob(s string) string {
	if printed := printable([]byte(s)); printed != s {
		return "0x" + strings.ToUpper(printed) + "  \"...\""
	}
	return `"` + s + `"`
}

// printable is a password as "find-generic-password -w" prints it.
func printable(b []byte) string {
	if bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' || r > '~' }) {
		return hex.EncodeToString(b)
	}
	return string(b)
}

// options are those of getopt(3): -w has a value for add-generic-password alone,
// where it comes last.
func options(args []string) map[byte]string {
	o := map[byte]string{}
	for len(args) > 0 {
		flags := strings.TrimPrefix(args[0], "-")
		args = args[1:]
		for i := range len(flags) {
			o[flags[i]] = ""
			if takes := flags[i] == 's' || flags[i] == 'a' || flags[i] == 'w' && i == len(flags)-1; takes && len(args) > 0 {
				o[flags[i]], args = args[0], args[1:]
			}
		}
	}
	return o
}

func status(err error) int {
	if err != nil {
		return 1
	}
	return 0
}
