package keychain

import (
	"encoding/hex"
	"strings"
)

// Accounts returns the accounts of the generic passwords of a service, in the
// order of the dump. An item begins with a line "keychain: ..." and has a line
// for each attribute, by name or, for some versions, by number:
//
//	keychain: "/Users/u/Library/Keychains/login.keychain-db"
//	class: "genp"
//	attributes:
//	    0x00000007 <blob>="label"
//	    "acct"<blob>="account"
//	    "svce"<blob>=0x6E616D65  "name"
//
// A value with a byte that is not printable ASCII is in hexadecimal first.
func Accounts(dump []byte, service string) []string {
	var accounts []string
	var class, acct, svce string
	flush := func() {
		if class == "genp" && svce == service && acct != "" {
			accounts = append(accounts, acct)
		}
		class, acct, svce = "", "", ""
	}
	for line := range strings.Lines(string(dump)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "keychain: ") {
			flush()
			continue
		}
		if v, ok := strings.CutPrefix(line, "class: "); ok {
			class = strings.Trim(v, `"`)
			continue
		}
		line = strings.TrimLeft(line, " ")
		if v, ok := strings.CutPrefix(line, `"acct"<blob>=`); ok {
			acct = value(v)
		} else if v, ok := strings.CutPrefix(line, `"svce"<blob>=`); ok {
			svce = value(v)
		}
	}
	flush()
	return accounts
}

// value returns an attribute's value: "text", 0xHEX followed by a printable
// form, or <NULL>.
func value(s string) string {
	if h, ok := strings.CutPrefix(s, "0x"); ok {
		h, _, _ = strings.Cut(h, " ")
		b, err := hex.DecodeString(h)
		if err != nil {
			return ""
		}
		return string(b)
	}
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return ""
}
