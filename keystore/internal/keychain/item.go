package keychain

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

const (
	// base64Prefix and hexPrefix begin the password of an item as go-keyring writes it,
	// now and formerly: security shows other bytes than printable ASCII in hexadecimal.
	base64Prefix = "go-keyring-base64:"
	hexPrefix    = "go-keyring-encoded:"
	// maxLine is the longest line that security reads as one command.
	maxLine = 4096
)

// decode returns the secret of an item, from what security printed. A password that
// is not go-keyring's is the secret itself.
func decode(printed []byte) (string, error) {
	s := strings.TrimSpace(string(printed))
	var secret []byte
	var err error
	if coded, ok := strings.CutPrefix(s, hexPrefix); ok {
		secret, err = hex.DecodeString(coded)
	} else if coded, ok := strings.CutPrefix(s, base64Prefix); ok {
		secret, err = base64.StdEncoding.DecodeString(coded)
	} else {
		secret = []byte(s)
	}
	if err != nil {
		// The error would show a character of the secret.
		return "", &Failure{Status: -1, What: "printed an item that go-keyring did not write"}
	}
	return string(secret), nil
}

// addLine is the command that adds an item or replaces it, as go-keyring writes it.
func addLine(service, account, secret string) ([]byte, error) {
	var b strings.Builder
	b.WriteString("add-generic-password -U -s ")
	b.WriteString(quote(service))
	b.WriteString(" -a ")
	b.WriteString(quote(account))
	b.WriteString(" -w ")
	b.WriteString(base64Prefix + base64.StdEncoding.EncodeToString([]byte(secret)))
	b.WriteString("\n")
	if b.Len() > maxLine {
		return nil, ErrTooBig
	}
	return []byte(b.String()), nil
}

// quote writes a word as security's interactive mode reads it, which is not the
// shell's way: a quoted part is a word, and a backslash stands before a quote in it
// too. What needs no quotes is as go-keyring writes it.
func quote(word string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(word) + "'"
}

// oneLine reports whether a word can be part of a command of one line.
func oneLine(word string) bool { return !strings.ContainsAny(word, "\x00\n\r") }
