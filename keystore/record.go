package keystore

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A record is what a back end holds: lines of text,
//
//	credential-iam/2
//	KEY
//	ISSUED EXPIRES FLAGS STARTED    unix milliseconds, flags "-" or "b" (Bearer)
//	USERNAME                        may be empty
//	SECRET                          no newline follows
//
// STARTED is when the machine started, by the clock that the other times are by,
// or 0 where that is unknown (see [clock]).
//
// The full key is in it because a back end finds it by a shorter name or could
// return another program's item. There is no structure to parse wrongly: a secret
// with a control byte, which could forge a line of docker's or git's protocol
// later, is refused when written and when read.
const (
	recordName    = "credential-iam/"
	version       = 2
	recordVersion = recordName + "2"
	// maxSecret bounds a secret; a Google token is at most 12 KiB (STS).
	maxSecret = 16 << 10
	// maxKey bounds a key and a user name; a kernel description has 4,095 bytes.
	maxKey = 1024
	// maxRecord bounds a record.
	maxRecord = maxSecret + 2*maxKey + 128
	// maxSkew is how far in the future an entry may have been made: beyond it the
	// clock was set back, and the expiry is meaningless.
	maxSkew = 60 * time.Second
)

var (
	// errOdd says that a record is malformed; it is removed.
	errOdd = errors.New("odd record")
	// errNewer says that a later version wrote the record; it is left alone.
	errNewer = errors.New("record of a newer version")
)

// encode returns the record of an entry.
func (c clock) encode(key Key, e Entry) ([]byte, error) {
	secret := e.Secret.Reveal()
	switch {
	case !key.usable():
		return nil, fmt.Errorf("key %q: empty, too long, or a control byte in it", string(key))
	case secret == "" || !Clean(secret) || !Clean(e.Username):
		return nil, fmt.Errorf("entry %q: empty, or a control byte in it", string(key))
	case len(secret) > maxSecret || len(e.Username) > maxKey:
		return nil, fmt.Errorf("entry %q: %w", string(key), ErrTooBig)
	case !e.possible():
		return nil, fmt.Errorf("entry %q: it expires before it is made", string(key))
	}
	flags := "-"
	if e.Bearer {
		flags = "b"
	}
	var b strings.Builder
	b.Grow(len(recordVersion) + len(key) + len(e.Username) + len(secret) + 60)
	b.WriteString(recordVersion + "\n")
	b.WriteString(string(key) + "\n")
	b.WriteString(strconv.FormatInt(e.Issued.UnixMilli(), 10) + " " + strconv.FormatInt(e.Expires.UnixMilli(), 10) + " " + flags + " " +
		strconv.FormatInt(c.started(c.now()), 10) + "\n")
	b.WriteString(e.Username + "\n" + secret)
	return []byte(b.String()), nil
}

// decode returns the entry that a record holds for key, its times by the clock as
// it is now. The error is errNewer, errOdd, or ErrNotFound for one that has expired.
func (c clock) decode(key Key, record []byte) (Entry, error) {
	if len(record) > maxRecord {
		return Entry{}, errOdd
	}
	first, rest, ok := strings.Cut(string(record), "\n")
	if v, found := strings.CutPrefix(first, recordName); found && first != recordVersion {
		if n, err := strconv.Atoi(v); err == nil && n > version {
			return Entry{}, errNewer
		}
	}
	f := strings.Split(rest, "\n")
	if !ok || first != recordVersion || len(f) != 4 || f[0] != string(key) {
		return Entry{}, errOdd
	}
	times := strings.Split(f[1], " ")
	if len(times) != 4 || (times[2] != "-" && times[2] != "b") {
		return Entry{}, errOdd
	}
	issued, err1 := strconv.ParseInt(times[0], 10, 64)
	expires, err2 := strconv.ParseInt(times[1], 10, 64)
	started, err3 := strconv.ParseInt(times[3], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || started < 0 {
		return Entry{}, errOdd
	}
	e := Entry{
		Secret: NewSecret(f[3]), Username: f[2], Bearer: times[2] == "b",
		Issued: time.UnixMilli(issued), Expires: time.UnixMilli(expires),
	}
	now := c.now()
	back := c.setBack(started, now)
	e.Issued, e.Expires = e.Issued.Add(-back), e.Expires.Add(-back)
	if f[3] == "" || !Clean(f[2]) || !Clean(f[3]) || !e.possible() || e.Issued.After(now.Add(maxSkew)) {
		return Entry{}, errOdd
	}
	if !now.Before(e.Expires) {
		return Entry{}, ErrNotFound
	}
	return e, nil
}

// possible reports whether the entry's times can be.
func (e Entry) possible() bool {
	return e.Issued.UnixMilli() > 0 && e.Expires.UnixMilli() > e.Issued.UnixMilli()
}

// usable reports whether the key can name an entry in every back end: it is text
// (D-Bus refuses anything else) of a bounded length without control bytes.
func (k Key) usable() bool {
	return k != "" && len(k) <= maxKey && Clean(string(k)) && utf8.ValidString(string(k))
}

// Clean reports whether s has no control byte, so that it can be part of a line.
func Clean(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}
