package keystore

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRecord(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	key := NewKey("access", "a@b", "00")
	good := "credential-iam/2\nv1/access/a@b/00\n1799999999000 1800000001000 b 0\nu\ns"
	for _, c := range []struct {
		name, record string
		want         error
	}{
		{"good", good, nil},
		{"no user", strings.Replace(good, "\nu\n", "\n\n", 1), nil},
		{"empty", "", errOdd},
		{"newer", strings.Replace(good, "iam/2", "iam/3", 1), errNewer},
		{"newer, another shape", "credential-iam/17\n{}", errNewer},
		{"newer, no line", "credential-iam/17", errNewer},
		{"older", strings.Replace(good, "iam/2", "iam/1", 1), errOdd},
		{"version 1x", strings.Replace(good, "iam/2", "iam/2x", 1), errOdd},
		{"other key", strings.Replace(good, "/00", "/01", 1), errOdd},
		{"flags", strings.Replace(good, " b 0\n", " c 0\n", 1), errOdd},
		{"no flags", strings.Replace(good, " b 0\n", " 0\n", 1), errOdd},
		{"no start", strings.Replace(good, " b 0\n", " b\n", 1), errOdd},
		{"odd start", strings.Replace(good, " b 0\n", " b -1\n", 1), errOdd},
		{"times swapped", strings.Replace(good, "1799999999000 1800000001000", "1800000001000 1799999999000", 1), errOdd},
		{"no number", strings.Replace(good, "1799999999000", "x", 1), errOdd},
		{"negative", strings.Replace(good, "1799999999000", "-5", 1), errOdd},
		{"made in a minute", strings.Replace(good, "1799999999000 1800000001000", "1800000059000 1800000099000", 1), nil},
		{"made later", strings.Replace(good, "1799999999000 1800000001000", "1800000061000 1800000099000", 1), errOdd},
		{"expired", strings.Replace(good, "1800000001000", "1800000000000", 1), ErrNotFound},
		{"expired and odd", strings.Replace(good, "1800000001000", "1799999999500", 1) + "\nx", errOdd},
		{"no secret", strings.TrimSuffix(good, "s"), errOdd},
		{"truncated", strings.TrimSuffix(good, "\ns"), errOdd},
		{"more lines", good + "\nx", errOdd},
		{"control byte", good + "\x1b", errOdd},
		{"huge", good + strings.Repeat("x", maxRecord), errOdd},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := clock{now: func() time.Time { return now }}.decode(key, []byte(c.record))
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if err != nil && !e.Secret.Empty() {
				t.Error("an error comes with a secret")
			}
		})
	}
}

// What decodes encodes to an entry that decodes the same, and never has a byte
// that could forge a line of a protocol.
func FuzzDecode(f *testing.F) {
	now := time.UnixMilli(1_800_000_000_000)
	k := clock{func() time.Time { return now }, func() time.Duration { return 24 * time.Hour }}
	key := NewKey("access", "a@b", "00")
	f.Add("credential-iam/2\nv1/access/a@b/00\n1799999999000 1800000001000 b 0\nu\ns")
	f.Add("credential-iam/2\nv1/access/a@b/00\n1799999999000 1800000001000 - 1700000000000\n\ns")
	f.Add("credential-iam/3\nx")
	f.Add("credential-iam/2\nv1/access/a@b/00\n+1 9223372036854775807 - 9223372036854775807\n\n\xff")
	f.Fuzz(func(t *testing.T, record string) {
		e, err := k.decode(key, []byte(record))
		if err != nil {
			if !e.Secret.Empty() {
				t.Error("an error comes with a secret")
			}
			return
		}
		if e.Secret.Empty() || !Clean(e.Secret.Reveal()+e.Username) || !now.Before(e.Expires) {
			t.Errorf("accepted %q", record)
		}
		if len(e.Secret.Reveal()) > maxSecret || len(e.Username) > maxKey {
			return // longer than Put would take
		}
		b, err := k.encode(key, e)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := k.decode(key, b); err != nil || !again.Secret.Equal(e.Secret) || again.Username != e.Username || again.Bearer != e.Bearer ||
			!again.Issued.Equal(e.Issued) || !again.Expires.Equal(e.Expires) {
			t.Errorf("again: %v, %v", again, err)
		}
	})
}

func TestKeySplit(t *testing.T) {
	if kind, account, digest, err := NewKey("id", "", "0f").Split(); err != nil || kind != "id" || account != "-" || digest != "0f" {
		t.Errorf("got %q %q %q %v", kind, account, digest, err)
	}
	for _, k := range []Key{"", "v1", "v1/a/b", "v1/a/b/c/d", "v2/a/b/c", "v1//b/c", "v1/a//c", "v1/a/b/"} {
		if _, _, _, err := k.Split(); err == nil {
			t.Errorf("%q is split", k)
		}
	}
}
