package config

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/trust"
)

// Mistakes that concern every host: the file cannot be read, or something in it
// was meant as a section and is not one. To pass one over would answer as another
// identity than the file states.

// Broken returns why a file, docker's or the machine's, cannot be used at all, or nil.
// None can where the environment is not known in which it counts.
func (c *Config) Broken() error {
	if c.env.Unknown != nil {
		return c.env.Unknown
	}
	if c.broken == nil {
		if c.machine != nil {
			return c.machine.Broken()
		}
		return nil
	}
	if e := (*helper.Error)(nil); errors.As(c.broken, &e) {
		return e
	}
	e := helper.AsError(c.fail("", "%v", c.broken))
	if t := (*trust.Error)(nil); errors.As(c.broken, &t) {
		e.Hint = helper.AsAdmin(t.Hint)
	}
	return e
}

// Mistake returns the first mistake that concerns every host, or nil. Whether a
// host has a section of its own cannot be said then.
func (c *Config) Mistake() error {
	if err := c.Broken(); err != nil {
		return err
	}
	if len(c.near) == 0 {
		if c.machine != nil {
			return c.machine.Mistake()
		}
		return nil
	}
	return c.misnamed(slices.Min(c.near))
}

// misnamed is the error of a name that is nearly one of a section.
func (c *Config) misnamed(name string) error {
	err := errors.New("it is not the name of a section")
	if s := c.section(name); s != nil {
		err = s.patternErr
	}
	e := helper.AsError(c.fail(name, "%v; sections are named %q and %q", err, Name, Name+"@HOST[:PORT][/PATH]"))
	e.Hint = c.edit(c.Path)
	return e
}

// Doubtful reports whether a mistake concerns every host and the request is for
// one that is not built in. Docker asks for the hosts that its file names this
// helper for, so that the mistake is an error for it. Git asks for every host
// where we are its helper; such a one is probably not configured here, and
// another helper may answer.
func (c *Config) Doubtful(r helper.Request) bool {
	p, ok := At(r)
	return c.Mistake() != nil && !(ok && p.BuiltIn())
}

// nearMiss reports whether a name below "plugins" is nearly one of a section: ours
// in another case, with a sign behind it that no plugin of docker's has in its name, or
// the name of one of our programs.
func nearMiss(name string) bool {
	lower := strings.TrimSpace(plain(name))
	for _, program := range []string{"docker-credential-", "git-credential-", "credential-"} {
		lower = strings.TrimPrefix(lower, program)
	}
	if word, _, ok := strings.Cut(lower, "@"); ok && transposed(word) {
		return true
	}
	rest, ok := strings.CutPrefix(lower, Name)
	return ok && (rest == "" || !alphanumeric(rest[0]))
}

// alphanumeric reports whether a byte can be in the name of a plugin of docker's, which
// has no others (docker/cli, cli-plugins/manager).
func alphanumeric(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// transposed reports whether a word has the letters of ours in another order.
func transposed(word string) bool {
	letters := []byte(word)
	slices.Sort(letters)
	return word != Name && string(letters) == "aim"
}

// alike replaces letters of other alphabets that look like those of ours.
func alike(name string) string {
	return strings.NewReplacer(
		"\u0456", "i", "\u0406", "i", "\u0131", "i", "\u03b9", "i", "\u0399", "i", "\u04cf", "i", "\u04c0", "i",
		"\u0430", "a", "\u0410", "a", "\u03b1", "a", "\u0391", "a", "\u0251", "a",
		"\u043c", "m", "\u041c", "m", "\u039c", "m", "\u03fb", "m",
		"\ufe6b", "@", "\u00a0", " ", "\u3000", " ",
		"\u00ad", "", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "",
	).Replace(name)
}

// plain returns a name in small letters, without what cannot be seen, and with what
// looks like the letters of ours, in another alphabet or full width, as those.
func plain(name string) string {
	if strings.IndexFunc(name, unicode.IsControl) >= 0 {
		name = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return -1
			}
			return r
		}, name)
	}
	if strings.IndexFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return strings.ToLower(name) // nearly every name, and the table is dear at every start
	}
	return strings.ToLower(alike(strings.Map(func(r rune) rune {
		if '\uff01' <= r && r <= '\uff5e' {
			return r - '\uff01' + '!'
		}
		return r
	}, name)))
}
