package source

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// CheckSpec reads the forms of the key "source".
func CheckSpec(v string) error {
	kind, arg, ok := strings.Cut(v, ":")
	switch {
	case !ok && (v == "adc" || v == "gcloud" || v == "metadata"):
		return nil
	case ok && kind == "file" && (filepath.IsAbs(arg) || strings.HasPrefix(arg, "~/")):
		return nil
	case ok && kind == "file":
		return fmt.Errorf("%q: the path must be absolute or start with ~/, because clients run the helper in any folder", helper.OneLine(v, 120))
	case ok && kind == "keyring" && arg != "":
		return keystore.CheckIdentity(arg)
	}
	return fmt.Errorf("%q is not one of adc, gcloud, metadata, file:PATH, keyring:NAME", helper.OneLine(v, 60))
}
