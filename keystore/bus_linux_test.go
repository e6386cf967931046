package keystore

import "testing"

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
	}
}
