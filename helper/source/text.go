package source

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/credential-iam/credential-iam/helper/wire"
)

// decode returns a text in UTF-8 without a byte order mark: editors put one there,
// and Windows' PowerShell writes UTF-16 where a command's output goes to a file.
func decode(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if len(raw) < 4 || len(raw)%2 != 0 {
		return raw
	}
	big := raw[0] == 0xfe && raw[1] == 0xff || raw[0] == 0 && raw[1] != 0
	little := raw[0] == 0xff && raw[1] == 0xfe || raw[0] != 0 && raw[1] == 0
	if !big && !little {
		return raw
	}
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i < len(raw); i += 2 {
		unit := uint16(raw[i]) | uint16(raw[i+1])<<8
		if big {
			unit = unit>>8 | unit<<8
		}
		units = append(units, unit)
	}
	if units[0] == 0xfeff {
		units = units[1:]
	}
	return []byte(string(utf16.Decode(units)))
}

// notJSON says what a text is that is not JSON, or where it stops being JSON. It
// tells nothing of what is there.
func notJSON(raw []byte) error {
	text := bytes.TrimSpace(raw)
	switch {
	case len(text) == 0:
		return foreign("it is empty")
	case bytes.HasPrefix(text, []byte("-----BEGIN ")):
		return foreign("it is a PEM file; the credential file of a key is JSON")
	case text[0] != '{':
		return errNotCredentials
	}
	said := wire.Check(raw).Error()
	where, _, _ := strings.Cut(said, ": ")
	why := "it is not JSON"
	if strings.Contains(said, "'}' looking for beginning of object key") || strings.Contains(said, "']' looking for beginning of value") {
		why = "there is a comma before the end of a list or object"
	}
	return fmt.Errorf("it is not a credential file (%s: %s)", where, why)
}
