package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// maxMessage bounds a request. Git hands on WWW-Authenticate headers of any
// length, one line each.
const maxMessage = 1 << 20

// usual is more than what git asks where it was not refused before.
const usual = 512

// request is git's side of the protocol (git-credential(1), "INPUT/OUTPUT
// FORMAT"), as far as it matters here. The user name is left out on purpose: a
// URL chooses it, and it must not choose an identity.
type request struct {
	protocol, host, path string
	// password, or authtype and credential, are what git passes back on store and erase.
	password, authtype, credential string
	capabilities                   []string
}

// errHostile says that a message is not one that git writes of itself.
var errHostile = errors.New("message refused")

// readRequest reads one message, up to its empty line: a caller may keep its end
// of the pipe open.
func readRequest(in io.Reader) (request, error) {
	lines := bufio.NewReader(io.LimitReader(in, maxMessage+1))
	b := make([]byte, 0, usual)
	for {
		line, err := lines.ReadBytes('\n')
		b = append(b, line...)
		switch {
		case len(b) > maxMessage:
			return request{}, errHostile
		case errors.Is(err, io.EOF), err == nil && len(bytes.TrimRight(line, "\r\n")) == 0:
			return parse(b)
		case err != nil:
			return request{}, err
		}
	}
}

// parse reads lines "key=value" up to an empty line or the end. Unknown keys
// are passed over.
//
// A message is refused whole when a value has a NUL or a CR, when a line has no
// "=", or when protocol, host or path have any control byte or are given twice
// with different values: such a message was forged through a line break in a
// URL (CVE-2020-5260, CVE-2024-52006). Lines may end in CRLF if all of them do.
func parse(b []byte) (request, error) {
	var r request
	seen := map[string]string{}
	crlf := bytes.Count(b, []byte("\r\n"))
	if crlf > 0 && crlf == bytes.Count(b, []byte("\n")) {
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if line == "" {
			break
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || key == "" || strings.ContainsAny(line, "\r\x00") {
			return request{}, errHostile
		}
		switch key {
		case "url":
			// A URL sets all its parts and clears what came before it.
			u, err := parseURL(value)
			if err != nil {
				return request{}, err
			}
			r = u
			clear(seen)
		case "protocol", "host", "path":
			if old, twice := seen[key]; twice && old != value || !keystore.Clean(value) {
				return request{}, errHostile
			}
			seen[key] = value
			r.set(key, value)
		case "password":
			r.password = value
		case "authtype":
			r.authtype = value
		case "credential":
			r.credential = value
		case "capability[]":
			if value == "" { // an empty value resets an array
				r.capabilities = nil
			} else {
				r.capabilities = append(r.capabilities, value)
			}
		}
	}
	return r, nil
}

func (r *request) set(key, value string) {
	switch key {
	case "protocol":
		r.protocol = value
	case "host":
		r.host = value
	case "path":
		r.path = host.Decoded(value)
	}
}

// parseURL reads the value of "url", which callers other than git send. The path
// is percent-decoded, as git does (credential.c, credential_from_url_gently).
func parseURL(s string) (request, error) {
	u, err := host.Form{Schemes: []string{"https", "http"}, User: true, Escapes: true}.Read(s)
	if err != nil {
		return request{}, errHostile
	}
	return request{protocol: u.Protocol, host: u.Host.String(), path: u.Path}, nil
}

// offers reports whether git offered a capability.
func (r request) offers(capability string) bool {
	return slices.Contains(r.capabilities, capability)
}

// format writes a credential. Git 2.40 and later ask again once the expiry of a
// password has passed; a pre-encoded Authorization header (git 2.46 and later)
// is kept by no other helper.
func format(c helper.Credential, header bool) string {
	if header {
		authtype, credential, _ := strings.Cut(c.Header(), " ")
		return "capability[]=authtype\nauthtype=" + authtype + "\ncredential=" + credential + "\nephemeral=1\n"
	}
	return "username=" + c.Username + "\npassword=" + c.Secret.Reveal() +
		"\npassword_expiry_utc=" + strconv.FormatInt(c.Expires.Unix(), 10) + "\n"
}

// The other two answers: git must stop, and the capabilities.
const (
	quit         = "quit=1\n"
	capabilities = "version 0\ncapability authtype\n"
)
