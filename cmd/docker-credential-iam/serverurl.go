package main

import (
	"io"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// maxLine bounds a server URL.
const maxLine = 4096

// readLine returns the one line on in, without its end. Clients send a URL with
// or without a newline, shells on Windows a space and CRLF. Anything else, two
// lines for example, which the library would join into one host, is refused.
func readLine(in io.Reader) (string, bool) {
	b, err := io.ReadAll(io.LimitReader(in, maxLine+1))
	if err != nil || len(b) > maxLine {
		return "", false
	}
	s := strings.TrimRight(string(b), " \t\r\n")
	s = strings.TrimLeft(s, " \t")
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return "", false
		}
	}
	// "host\n\n" is one line and an empty one; more is not what clients send.
	if strings.Count(string(b), "\n") > 2 {
		return "", false
	}
	return s, s != ""
}

// request reads the forms of a server URL that clients send:
//
//	H  H:443  https://H  https://H/  https://H/v1/  https://H/v2/  H/project/image
//
// A user name, a query, a fragment or another scheme is none of them.
func request(serverURL string) (helper.Request, bool) {
	u, err := host.Form{Schemes: []string{"https", "http"}, Bare: true, API: true}.Read(serverURL)
	return helper.For(host.Docker, u), err == nil
}
