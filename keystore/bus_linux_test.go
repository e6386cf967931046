package keystore

import (
	"strings"
	"testing"
)

func TestParseBusAddress(t *testing.T) {
	for in, want := range map[string]string{
		"unix:path=/run/user/1000/bus":                         "/run/user/1000/bus",
		"unix:path=/tmp/a%20b,guid=00ff":                       "/tmp/a b",
		"unix:guid=00,path=/x":                                 "/x",
		"unix:abstract=/tmp/dbus-x,guid=1":                     "@/tmp/dbus-x",
		"tcp:host=localhost,port=1;unix:path=/x":               "/x",
		"unix:path=relative":                                   "",
		"unix:path=":                                           "",
		"unix:path=%zz":                                        "",
		"unix:path=/x%00y":                                     "",
		"autolaunch:scope=x":                                   "",
		"unixexec:path=/bin/sh,argv1=-c":                       "",
		"tcp:host=evil.example,port=1,path=/run/user/1000/bus": "",
		"": "",
	} {
		got, err := parseBusAddress(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
		if want != "" {
			if again, err := parseBusAddress(formatBusAddress(got)); again != got || err != nil {
				t.Errorf("%q: formatted %q", got, formatBusAddress(got))
			}
		}
	}
}

func TestExpiredKeys(t *testing.T) {
	listing := strings.Join([]string{
		"0a1b2c3d I--Q---     1 expd 3f0b0000  1000  1000 user      credential-iam:v1/access/-/0: 120",
		"0a1b2c3e I--Q---     1 3m 3f0b0000  1000  1000 user      credential-iam:v1/access/-/1: 120",
		"0a1b2c3f I--Q---     1 expd 3f0b0000  1000  1000 user      other:x: 120",
		"0a1b2c40 I--Q---     1 expd 3f0b0000  1000  1000 logon     credential-iam:x: 120",
		"0a1b2c41 I--Q---     1 expd 3f0b0000  1000  1000 user      not-credential-iam:x: 1",
		"zz I--Q---     1 expd 3f0b0000  1000  1000 user      credential-iam:x: 1",
		"short expd", "",
	}, "\n")
	if got := expiredKeys(listing); len(got) != 1 || got[0] != 0x0a1b2c3d {
		t.Errorf("got %x", got)
	}
}
